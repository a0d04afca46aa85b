/**
 * The pods of the fuzzed node: two with a grant each, one with two, and every kind of pod that has none.
 *
 * @module
 */
import type { ClusterEvent } from '@aad-pod-identity/matcher';
import {
  assignedJson,
  bindingJson,
  identityJson,
  podJson,
  upsert,
} from '../../packages/nmi-server/src/testing/cluster-objects.js';

/** A pod that attacks. */
export interface Attacker {
  readonly name: string;
  readonly address: string;
  /** Client IDs of its grants. */
  readonly clientIds: readonly string[];
}

const clientId = (digit: number): string =>
  `c${digit}c${digit}c${digit}c${digit}-0000-0000-0000-00000000000${digit}`;

const granted: readonly Attacker[] = [
  { name: 'app', address: '127.1.0.10', clientIds: [clientId(1)] },
  { name: 'neighbour', address: '127.1.0.11', clientIds: [clientId(2)] },
  { name: 'both', address: '127.1.0.12', clientIds: [clientId(3), clientId(4)] },
];
const ungranted: readonly Attacker[] = [
  { name: 'unlabelled', address: '127.1.0.66', clientIds: [] },
  { name: 'unbound', address: '127.1.0.67', clientIds: [] },
  { name: 'unassigned', address: '127.1.0.68', clientIds: [] },
  { name: 'elsewhere', address: '127.1.0.69', clientIds: [] },
  { name: 'twin', address: '127.1.0.70', clientIds: [] },
];

/** By whether they have a grant. */
export const attackers = { granted, ungranted } as const;

/** The cluster in which they live. */
export function attackedCluster(): readonly ClusterEvent[] {
  const objects: Parameters<typeof upsert>[0][] = [];
  const grant = (pod: string, digit: number, status: string, namespace = 'team-a'): void => {
    const identity = identityJson({ namespace, name: `id${digit}`, clientId: clientId(digit) });
    const binding = bindingJson({ namespace, name: `b${digit}`, identity: `id${digit}`, selector: pod });
    objects.push(identity, binding, assignedJson(podOf(pod), identity, binding, status));
  };
  const podOf = (name: string): ReturnType<typeof podJson> => {
    const ip = [...granted, ...ungranted].find((attacker) => attacker.name === name)?.address ?? '';
    return podJson({ name, ip, ...(name === 'unlabelled' ? {} : { label: name }) });
  };
  for (const { name } of [...granted, ...ungranted]) objects.push(podOf(name));
  grant('app', 1, 'Assigned');
  grant('neighbour', 2, 'Assigned');
  grant('both', 3, 'Assigned');
  grant('both', 4, 'Assigned');
  grant('unassigned', 5, 'Created');
  // Its label is that of a grant, but the address is claimed by a second pod.
  grant('twin', 6, 'Assigned');
  objects.push(podJson({ name: 'twin-2', ip: '127.1.0.70', label: 'app' }));
  // A namespaced identity of another team.
  const foreign = identityJson({ namespace: 'team-b', name: 'id7', clientId: clientId(7) });
  Object.assign(foreign['metadata'] as object, {
    annotations: { 'aadpodidentity.k8s.io/Behavior': 'namespaced' },
  });
  objects.push(
    foreign,
    bindingJson({ namespace: 'team-b', name: 'b7', identity: 'id7', selector: 'elsewhere' }),
  );
  return objects.map(upsert);
}
