import { parseProviderId, type Clock, type Node } from '@aad-pod-identity/core';
import type { Lister } from '@aad-pod-identity/kubernetes';
import type { Cluster } from './cluster.js';

/** How long a node may be without a providerID: one that is new gets it a while after it has joined. */
const patienceMs = 60_000;

/**
 * Tells, once for each, of nodes to which no identity can be attached because they are no VM and in no scale set.
 *
 * @returns the function that ends that
 */
export function reportUnresolvedNodes(
  nodes: Lister<Node>,
  cluster: Pick<Cluster, 'event'>,
  clock: Clock,
): () => void {
  const told = new Set<string>();
  const waiting = new Set<() => void>();
  const tell = ({ name, uid, providerID }: Node): void => {
    const key = `${name} ${uid}`;
    if (parseProviderId(providerID) !== undefined || told.has(key)) return;
    told.add(key);
    const what = providerID === '' ? 'is empty' : 'names neither an Azure VM nor a scale set';
    const message = `spec.providerID ${what}: pods on this node get no identity that has to be attached`;
    cluster.event({ kind: 'Node', namespace: '', name, uid }, 'Warning', 'node unresolved', message);
  };
  const look = (node: Node): void => {
    if (node.providerID !== '') return tell(node);
    const cancel = clock.after(patienceMs, () => {
      waiting.delete(cancel);
      const latest = nodes.get(node.name);
      if (latest?.uid === node.uid) tell(latest);
    });
    waiting.add(cancel);
  };
  for (const node of nodes.list()) look(node);
  const unsubscribe = nodes.subscribe((change) => {
    // Nodes change all the time; only a new one, or a new providerID, says something new.
    if (change.new === undefined) return;
    const { uid, providerID } = change.old ?? { uid: undefined, providerID: undefined };
    if (change.new.uid !== uid || change.new.providerID !== providerID) look(change.new);
  });
  return () => {
    unsubscribe();
    for (const cancel of waiting) cancel();
  };
}
