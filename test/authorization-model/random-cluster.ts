/**
 * A small cluster in which everything meets: few names, few addresses, few labels, changed at random.
 *
 * @module
 */
import type { SeededRandom } from '../seeded-random.js';
import { nodeAddress, type Cluster, type Policy, type Request } from './model.js';

/** The collections of a cluster. */
export type Kind = keyof Cluster;
/** One object that is there now, or is gone. */
export interface Change {
  readonly kind: Kind;
  readonly object: Cluster[Kind][number];
  readonly gone: boolean;
}

export const emptyCluster: Cluster = { pods: [], identities: [], bindings: [], exceptions: [], assigned: [] };
export const kinds = Object.keys(emptyCluster) as Kind[];

/** In standard mode nothing is given without its assignment. */
const oftenChanged: readonly Kind[] = [
  ...(['pods', 'pods', 'identities', 'bindings', 'assigned', 'assigned', 'assigned', 'assigned'] as const),
];

const namespaces = ['team-a', 'team-b'];
const podNames = ['web', 'job', 'db'];
const identityNames = ['blue', 'green'];
const bindingNames = ['b1', 'b2', 'b3'];
const labelValues = ['x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'y', 'y', 'X', ''];
/** What the resource of a valid identity may be; `spelling.ts` knows their IDs. */
const resources = ['r1', 'r1', 'r2', 'r2', 'r3', 'r3', ''];
const clients = ['c1', 'c2', 'c3'];
const addresses = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8'];

export function randomPolicy(random: SeededRandom): Policy {
  const managed = random.percent(25);
  return {
    managed,
    forceNamespaced: managed || random.percent(30),
    exceptionMatch: random.pick(['all', 'any']),
  };
}

/** Changes one object: mostly one that is there or comes, sometimes one that goes. */
export function randomChange(random: SeededRandom, cluster: Cluster): Change {
  const kind = random.percent(5) ? 'exceptions' : random.pick(oftenChanged);
  const objects = cluster[kind];
  if (objects.length > 0 && random.percent(kind === 'exceptions' ? 60 : 12))
    return { kind, object: random.pick<Cluster[Kind][number]>(objects), gone: true };
  return { kind, object: randomObject(random, kind, cluster), gone: false };
}

/** The cluster after a change. */
export function changed(cluster: Cluster, { kind, object, gone }: Change): Cluster {
  const others = cluster[kind].filter(
    ({ namespace, name }) => namespace !== object.namespace || name !== object.name,
  );
  return { ...cluster, [kind]: gone ? others : [...others, object] };
}

function randomObject(random: SeededRandom, kind: Kind, cluster: Cluster): Cluster[Kind][number] {
  const namespace = random.pick(namespaces);
  switch (kind) {
    case 'pods': {
      const name = random.pick(podNames);
      const before = cluster.pods.find((pod) => pod.namespace === namespace && pod.name === name);
      // Mostly the same pod with something else about it; else another one of the same name.
      const kept = before !== undefined && random.percent(70) ? before : undefined;
      return {
        namespace,
        name,
        uid: kept?.uid ?? `uid-${random.below(1_000_000_000)}`,
        labels: kept !== undefined && random.percent(60) ? kept.labels : randomLabels(random, true),
        onNode: kept?.onNode ?? random.percent(92),
        finished: random.percent(4),
        hostNetwork: kept?.hostNetwork ?? random.percent(4),
        deleting: kept?.deleting === true || random.percent(7),
        addresses:
          kept !== undefined && random.percent(60)
            ? kept.addresses
            : randomAddresses(random, namespace, name),
      };
    }
    case 'identities':
      return {
        namespace,
        name: random.pick(identityNames),
        uid: `uid-${random.below(1_000_000_000)}`,
        type: random.pick([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 7]),
        client: random.pick(clients),
        resource: random.pick(resources),
        namespaced: random.percent(20),
        secretNamespace: random.percent(60) ? namespace : random.pick(namespaces),
        knownEndpoint: random.percent(70),
      };
    case 'bindings':
      return {
        namespace,
        name: random.pick(bindingNames),
        identity: random.percent(92) ? random.pick(identityNames) : 'missing',
        selector: random.pick(labelValues),
        weight: random.pick([0, 0, 0, 1, 5, -1]),
      };
    case 'exceptions':
      return { namespace, name: random.pick(['e1', 'e2']), labels: randomLabels(random, false) };
    case 'assigned': {
      const somewhere = { namespace: random.pick(namespaces), name: random.pick(podNames) };
      const pod = random.pick([...cluster.pods, somewhere]);
      const identity = random.pick([
        ...cluster.identities,
        {
          namespace: random.pick(namespaces),
          name: random.pick(identityNames),
          resource: random.pick(resources),
        },
      ]);
      return {
        namespace: 'default',
        // Two objects may assign the same.
        name: random.percent(90)
          ? `${pod.name}-${pod.namespace}-${identity.name}-${identity.namespace}`
          : 'odd',
        pod: { namespace: pod.namespace, name: pod.name },
        identity: { namespace: identity.namespace, name: identity.name },
        onNode: random.percent(92),
        resource: random.percent(92) ? identity.resource : random.pick(resources),
        status: random.percent(75) ? 'Assigned' : random.pick(['Created', 'Unassigned', '', 'Odd']),
      };
    }
  }
}

function randomLabels(random: SeededRandom, ofPod: boolean): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  if (ofPod && random.percent(92)) labels['aadpodidbinding'] = random.pick(labelValues);
  for (const key of ['app', 'tier'])
    if (random.percent(ofPod ? 30 : 60)) labels[key] = random.pick(['m', 'n', 'M']);
  return labels;
}

/** Mostly an address that other pods seldom have. */
function randomAddresses(random: SeededRandom, namespace: string, name: string): readonly string[] {
  if (random.percent(5)) return [];
  const own = addresses[namespaces.indexOf(namespace) * podNames.length + podNames.indexOf(name)];
  const first = own !== undefined && random.percent(75) ? own : random.pick(addresses);
  return random.percent(10) ? [...new Set([first, random.pick(addresses)])] : [first];
}

/** A request; `host` requests come from the node, and sometimes from where they must not. */
export function randomRequest(random: SeededRandom, cluster: Cluster): Request {
  const inUse = cluster.pods.flatMap((pod) => pod.addresses);
  const from = random.percent(95)
    ? random.pick(random.percent(90) && inUse.length > 0 ? inUse : addresses)
    : random.pick(['nobody', nodeAddress]);
  const named = {
    ...(random.percent(20) ? { client: random.pick([...clients, 'c9']) } : {}),
    ...(random.percent(15) ? { resource: random.pick(['r1', 'r2', 'r3', 'r9']) } : {}),
  };
  if (!random.percent(12)) return { from, ...named };
  const host = { namespace: random.pick(namespaces), name: random.pick(podNames) };
  return { from: random.percent(90) ? nodeAddress : from, host, ...named };
}
