import {
  assignedIdentityDecoder,
  BINDING_LABEL,
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  decodeNode,
  decodePod,
  encodeAssignedIdentity,
  type AzureIdentityBinding,
  type Decoded,
  type Pod,
} from '@aad-pod-identity/core';
import { assignmentNamespace, DEFAULT_POLICY, match, type Snapshot } from '@aad-pod-identity/matcher';

const SUBSCRIPTION = '/subscriptions/11111111-2222-3333-4444-555555555555';
const NODES_PER_SCALE_SET = 10;
const NAMESPACES = 50;

/** How large a cluster is. */
export interface ClusterSize {
  readonly pods: number;
  readonly bindings: number;
  readonly nodes: number;
  readonly identities: number;
}

/**
 * A cluster in which every pod has the label: 50 namespaces, scale sets of ten nodes, and a fifth of the selectors in
 * two bindings, so that some pods have two identities. Decoded from JSON, in the order in which an API server lists.
 */
export function buildCluster(size: ClusterSize): Snapshot {
  const snapshot: Snapshot = {
    pods: build(size.pods, (index) => podAt(index, size)),
    bindings: build(size.bindings, (index) => bindingAt(index, size)),
    identities: build(size.identities, (index) =>
      decoded(
        decodeAzureIdentity({
          ...metadata('default', `identity-${index}`, index),
          spec: {
            type: 0,
            resourceID: `${SUBSCRIPTION}/resourcegroups/ids/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity-${index}`,
            clientID: `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`,
          },
        }),
      ),
    ),
    nodes: build(size.nodes, (index) =>
      decoded(
        decodeNode({
          metadata: { name: nodeName(index) },
          spec: {
            providerID: `azure://${SUBSCRIPTION}/resourceGroups/nodes/providers/Microsoft.Compute/virtualMachineScaleSets/pool-${Math.floor(index / NODES_PER_SCALE_SET)}/virtualMachines/${index % NODES_PER_SCALE_SET}`,
          },
        }),
      ),
    ),
    exceptions: [],
    assignedIdentities: [],
  };
  return snapshot;
}

/** The same cluster once MIC has done its work: every assignment is `Assigned`. */
export function withAssignments(snapshot: Snapshot): Snapshot {
  const decode = assignedIdentityDecoder();
  const assignedIdentities = match(snapshot).grants.map(({ pod, binding, identity }, index) => {
    const json = encodeAssignedIdentity({
      namespace: assignmentNamespace(identity, DEFAULT_POLICY),
      name: `${pod.name}-${pod.namespace}-${identity.name}`,
      annotations: {},
      resourceVersion: String(index),
      status: 'Assigned',
      spec: {
        azureIdentityRef: identity,
        azureBindingRef: binding,
        pod: pod.name,
        podNamespace: pod.namespace,
        nodeName: pod.nodeName,
      },
    });
    return decoded(decode(throughText(json)));
  });
  return { ...snapshot, assignedIdentities };
}

/** The pod of that number, on its own node or, if given, on another; decoded as MIC does. */
export function podAt(index: number, size: ClusterSize, node = index % size.nodes): Pod {
  const namespace = `team-${String(Math.floor((index * NAMESPACES) / size.pods)).padStart(2, '0')}`;
  const name = `web-${String(index).padStart(6, '0')}-5d4f8c7b9-x2x4z`;
  const selector = `selector-${index % selectorsOf(size)}`;
  const json = {
    metadata: {
      ...metadata(namespace, name, index).metadata,
      labels: { app: 'web', 'pod-template-hash': '5d4f8c7b9', [BINDING_LABEL]: selector },
    },
    spec: { nodeName: nodeName(node) },
    status: { phase: 'Running', podIP: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}` },
  };
  return decoded(decodePod(throughText(json), { labels: [BINDING_LABEL] }));
}

/** The binding of that number, to its own identity or, if given, to another. */
export function bindingAt(
  index: number,
  size: ClusterSize,
  identity = index % size.identities,
): AzureIdentityBinding {
  return decoded(
    decodeAzureIdentityBinding({
      ...metadata('default', `binding-${index}`, index),
      spec: { azureIdentity: `identity-${identity}`, selector: `selector-${index % selectorsOf(size)}` },
    }),
  );
}

function selectorsOf(size: ClusterSize): number {
  return Math.round(size.bindings / 1.2);
}

function metadata(namespace: string, name: string, index: number): { metadata: Record<string, unknown> } {
  const uid = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  return { metadata: { namespace, name, uid, resourceVersion: String(100_000 + index) } };
}

/** As a watch brings it: no two objects share a string. */
function throughText(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json));
}

function nodeName(index: number): string {
  return `aks-pool-${String(index).padStart(6, '0')}`;
}

function build<T>(length: number, make: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => make(index));
}

function decoded<T>(result: Decoded<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}
