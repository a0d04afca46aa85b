import { parseProviderId, type Node } from '@aad-pod-identity/core';
import type { Lister } from '@aad-pod-identity/kubernetes';
import type { Cluster } from './cluster.js';

/**
 * Tells, once for each, of nodes to which no identity can be attached because they are no VM and in no scale set.
 *
 * @returns the function that ends that
 */
export function reportUnresolvedNodes(nodes: Lister<Node>, cluster: Pick<Cluster, 'event'>): () => void {
  const told = new Set<string>();
  const look = ({ name, uid, providerID }: Node): void => {
    const key = `${name} ${uid}`;
    if (parseProviderId(providerID) !== undefined || told.has(key)) return;
    told.add(key);
    const what = providerID === '' ? 'is empty' : 'names neither an Azure VM nor a scale set';
    const message = `spec.providerID ${what}: pods on this node get no identity that has to be attached`;
    cluster.event({ kind: 'Node', namespace: '', name, uid }, 'Warning', 'node unresolved', message);
  };
  for (const node of nodes.list()) look(node);
  return nodes.subscribe((change) => {
    if (change.new !== undefined) look(change.new);
  });
}
