/**
 * The kinds that MIC watches, as the Kubernetes API names them, decoded to what matching and assignment read.
 *
 * @module
 */
import {
  API_GROUP,
  API_VERSION,
  BINDING_LABEL,
  Sharing,
  assignedIdentityDecoder,
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  decodeNode,
  decodePod,
  type AzureAssignedIdentity,
  type AzureIdentity,
  type AzureIdentityBinding,
  type Decoded,
  type Node,
  type Pod,
} from '@aad-pod-identity/core';
import type { Resource } from '@aad-pod-identity/kubernetes';

function custom<T>(plural: string, kind: string, decode: (json: unknown) => Decoded<T>): Resource<T> {
  return { group: API_GROUP, version: API_VERSION, plural, kind, namespaced: true, decode };
}

const decodeAssignedIdentity = assignedIdentityDecoder();

/**
 * AzureAssignedIdentities: what MIC writes, and remembers by. One that does not say which pod and identity it stands
 * for is nobody's to understand: it is left alone.
 */
export const assignedIdentities: Resource<AzureAssignedIdentity> = custom(
  'azureassignedidentities',
  'AzureAssignedIdentity',
  (json) => {
    const decoded = decodeAssignedIdentity(json);
    if (!decoded.ok) return decoded;
    const { pod, podNamespace, nodeName, azureIdentityRef } = decoded.value.spec;
    if (![pod, podNamespace, nodeName, azureIdentityRef.name].includes('')) return decoded;
    const path = 'spec';
    const message = 'does not name a pod, its namespace, a node and an identity';
    return { ok: false, problems: [{ path, message, fix: 'delete the object' }, ...decoded.problems] };
  },
);

/** AzureIdentities. */
export const identities: Resource<AzureIdentity> = custom(
  'azureidentities',
  'AzureIdentity',
  decodeAzureIdentity,
);

/** AzureIdentityBindings. */
export const bindings: Resource<AzureIdentityBinding> = custom(
  'azureidentitybindings',
  'AzureIdentityBinding',
  decodeAzureIdentityBinding,
);

const podSharing = {
  labels: new Sharing<Pod['labels']>((labels) => labels[BINDING_LABEL] ?? ''),
  nodeNames: new Sharing<string>((name) => name),
};

/**
 * Pods; to be watched with {@link podSelector}. Of the labels only the one that selects is kept, and no addresses: they
 * are NMI's to know.
 */
export const pods: Resource<Pod> = {
  group: '',
  version: 'v1',
  plural: 'pods',
  kind: 'Pod',
  namespaced: true,
  decode: (json) => decodePod(json, { labels: [BINDING_LABEL], addresses: false, sharing: podSharing }),
};

/** Selects the pods that have the label, whatever its value. */
export const podSelector: string = BINDING_LABEL;

/** Nodes. */
export const nodes: Resource<Node> = {
  group: '',
  version: 'v1',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
  decode: decodeNode,
};
