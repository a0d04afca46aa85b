/**
 * Objects of a test cluster, as JSON and as events of a watch.
 *
 * @module
 */
import {
  decodeAzureAssignedIdentity,
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  decodeAzurePodIdentityException,
  decodePod,
  type Decoded,
} from '@aad-pod-identity/core';
import type { ClusterEvent } from '@aad-pod-identity/matcher';

export const testNode = 'node-1';
export const testClientId = 'c1c1c1c1-0000-0000-0000-000000000001';

type Json = Readonly<Record<string, unknown>>;
interface Named {
  readonly namespace?: string;
  readonly name: string;
}

function metadata({ namespace = 'team-a', name }: Named, more: Json = {}): Json {
  return { namespace, name, uid: `uid-${namespace}-${name}`, resourceVersion: '1', ...more };
}

export function podJson(
  pod: Named & {
    readonly label?: string;
    readonly ip: string;
    readonly labels?: Json;
    readonly phase?: string;
  },
  more: Json = {},
): Json {
  const label = pod.label === undefined ? {} : { aadpodidbinding: pod.label };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(pod, { labels: { ...label, ...pod.labels }, ...more }),
    spec: { nodeName: testNode, containers: [{ name: 'c', image: 'example.invalid/app:1' }] },
    status: { phase: pod.phase ?? 'Running', podIP: pod.ip, podIPs: [{ ip: pod.ip }] },
  };
}

export function identityJson(identity: Named & { readonly clientId?: string }, spec: Json = {}): Json {
  return {
    apiVersion: 'aadpodidentity.k8s.io/v1',
    kind: 'AzureIdentity',
    metadata: metadata(identity),
    spec: {
      type: 0,
      clientID: identity.clientId ?? testClientId,
      resourceID: `/subscriptions/s/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${identity.name}`,
      ...spec,
    },
  };
}

export function bindingJson(binding: Named & { readonly identity: string; readonly selector: string }): Json {
  return {
    apiVersion: 'aadpodidentity.k8s.io/v1',
    kind: 'AzureIdentityBinding',
    metadata: metadata(binding),
    spec: { azureIdentity: binding.identity, selector: binding.selector },
  };
}

export function assignedJson(pod: Json, identity: Json, binding: Json, status: string): Json {
  const { name: podName, namespace: podNamespace } = pod['metadata'] as { name: string; namespace: string };
  const { name: identityName } = identity['metadata'] as { name: string };
  const name = `${podName}-${podNamespace}-${identityName}`;
  return {
    apiVersion: 'aadpodidentity.k8s.io/v1',
    kind: 'AzureAssignedIdentity',
    metadata: metadata({ namespace: 'default', name }, { labels: { nodename: testNode } }),
    spec: {
      azureIdentityRef: identity,
      azureBindingRef: binding,
      pod: podName,
      podNamespace,
      nodename: testNode,
    },
    status: { status },
  };
}

export function exceptionJson(exception: Named, podLabels: Json): Json {
  return {
    apiVersion: 'aadpodidentity.k8s.io/v1',
    kind: 'AzurePodIdentityException',
    metadata: metadata(exception),
    spec: { podLabels },
  };
}

function decoded<T>(result: Decoded<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

/** The event that a watch brings for an object that is there now. */
export function upsert(json: Json): ClusterEvent {
  switch (json['kind']) {
    case 'Pod':
      return { type: 'upsert', kind: 'Pod', object: decoded(decodePod(json)) };
    case 'AzureIdentity':
      return { type: 'upsert', kind: 'AzureIdentity', object: decoded(decodeAzureIdentity(json)) };
    case 'AzureIdentityBinding':
      return {
        type: 'upsert',
        kind: 'AzureIdentityBinding',
        object: decoded(decodeAzureIdentityBinding(json)),
      };
    case 'AzureAssignedIdentity':
      return {
        type: 'upsert',
        kind: 'AzureAssignedIdentity',
        object: decoded(decodeAzureAssignedIdentity(json)),
      };
    case 'AzurePodIdentityException':
      return {
        type: 'upsert',
        kind: 'AzurePodIdentityException',
        object: decoded(decodeAzurePodIdentityException(json)),
      };
    default:
      throw new Error(`no watched kind: ${String(json['kind'])}`);
  }
}

/** The event that a watch brings for an object that is gone. */
export function removal(json: Json): ClusterEvent {
  const { namespace, name } = json['metadata'] as { namespace: string; name: string };
  return {
    type: 'delete',
    kind: json['kind'] as ClusterEvent extends { kind: infer K } ? K : never,
    key: { namespace, name },
  };
}

/** A pod with one grant to an assigned identity, in team-a. */
export function grantedPod(ip: string): {
  pod: Json;
  identity: Json;
  binding: Json;
  assigned: Json;
  all: readonly Json[];
} {
  const pod = podJson({ name: 'app', label: 'app', ip });
  const identity = identityJson({ name: 'id1' });
  const binding = bindingJson({ name: 'b1', identity: 'id1', selector: 'app' });
  const assigned = assignedJson(pod, identity, binding, 'Assigned');
  return { pod, identity, binding, assigned, all: [pod, identity, binding, assigned] };
}
