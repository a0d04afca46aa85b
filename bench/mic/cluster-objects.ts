/**
 * The objects of the cluster that MIC is measured with, as JSON: 10 scale sets of 10 nodes, 50 identities, each with a
 * binding, and pods that go round all of them.
 */
import {
  ATTACHED_BY_ANNOTATION,
  BINDING_LABEL,
  COMPUTE_RESOURCE_ANNOTATION,
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  encodeAssignedIdentity,
  parseProviderId,
  formatComputeResource,
  type AssignedIdentityJson,
  type Decoded,
} from '@aad-pod-identity/core';

export const SCALE_SETS = 10;
export const NODES_PER_SCALE_SET = 10;
export const IDENTITIES = 50;
export const NAMESPACES = 50;

/** An object as the Kubernetes API takes it. */
export type ObjectJson = Readonly<Record<string, unknown>> & {
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly namespace?: string;
  };
};

/** A node as the simulator made it. */
export interface NodeInfo {
  readonly name: string;
  readonly providerID: string;
}

/** An identity in the simulated Azure. */
export interface IdentityInfo {
  readonly id: string;
  readonly clientId: string;
  readonly name: string;
}

/** Real pods carry a few kilobytes that MIC has no use for. */
const appliedConfiguration = JSON.stringify(
  Array.from({ length: 40 }, (_, index) => ({
    name: `VARIABLE_${index}`,
    value: 'a value as long as most are',
  })),
);

export const namespaceName = (index: number): string => `team-${String(index).padStart(2, '0')}`;

export const identityName = (index: number): string => `identity-${String(index).padStart(2, '0')}`;

export const podName = (index: number): string => `web-${String(index).padStart(6, '0')}-5d4f8c7b9-x2x4z`;

/** The AzureIdentity of an identity. */
export function identityObject({ name, id, clientId }: IdentityInfo): ObjectJson {
  return { metadata: { name, namespace: 'default' }, spec: { type: 0, resourceID: id, clientID: clientId } };
}

/** Its binding, for pods with its name as label. */
export function bindingObject({ name }: Pick<IdentityInfo, 'name'>): ObjectJson {
  return { metadata: { name, namespace: 'default' }, spec: { azureIdentity: name, selector: name } };
}

/**
 * The pod of that number. Ten in a row are on ten scale sets, and every scale set has every identity after 500 pods.
 *
 * @param nodes - of all scale sets in turn: see {@link interleaved}
 */
export function podObject(index: number, nodes: readonly NodeInfo[]): ObjectJson {
  return {
    metadata: {
      name: podName(index),
      namespace: namespaceName(index % NAMESPACES),
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': appliedConfiguration },
      labels: {
        app: 'web',
        'pod-template-hash': '5d4f8c7b9',
        [BINDING_LABEL]: identityName(Math.floor(index / SCALE_SETS) % IDENTITIES),
      },
    },
    spec: {
      nodeName: nodes[index % nodes.length]?.name,
      containers: [{ name: 'web', image: 'example.invalid/web:1.0' }],
    },
  };
}

/** The AzureAssignedIdentity of the pod of that number as MIC leaves it when its work is done. */
export function assignedObject(
  index: number,
  nodes: readonly NodeInfo[],
  identities: readonly IdentityInfo[],
): AssignedIdentityJson {
  const pod = podObject(index, nodes);
  const node = nodes[index % nodes.length];
  const identity = identities[Math.floor(index / SCALE_SETS) % IDENTITIES];
  const placed = parseProviderId(node?.providerID ?? '');
  if (node === undefined || identity === undefined || placed === undefined) throw new Error('no such pod');
  const { name, namespace = '' } = pod.metadata;
  return encodeAssignedIdentity({
    name: `${name}-${namespace}-${identity.name}`,
    namespace: 'default',
    annotations: {
      [COMPUTE_RESOURCE_ANNOTATION]: formatComputeResource(placed.resource),
      [ATTACHED_BY_ANNOTATION]: 'mic',
    },
    status: 'Assigned',
    spec: {
      azureIdentityRef: decoded(decodeAzureIdentity(identityObject(identity))),
      azureBindingRef: decoded(decodeAzureIdentityBinding(bindingObject(identity))),
      pod: name,
      podNamespace: namespace,
      nodeName: node.name,
    },
  });
}

/** Nodes of all scale sets in turn: the first of each, then the second of each, and so on. */
export function interleaved(scaleSets: readonly (readonly NodeInfo[])[]): NodeInfo[] {
  return Array.from({ length: NODES_PER_SCALE_SET }, (_, place) =>
    scaleSets.flatMap((nodes) => nodes.slice(place, place + 1)),
  ).flat();
}

function decoded<T>(result: Decoded<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}
