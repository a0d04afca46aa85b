/**
 * Questions to the API server about a pod that the watch does not know: one at a time for the same pod, few at once,
 * and an answer of "nobody" is remembered for a moment, so that unknown callers cost next to nothing.
 *
 * @module
 */
import { objectKey, sleep, type Clock, type ObjectKey, type Pod } from '@aad-pod-identity/core';
import { ResourceClient, type Connection } from '@aad-pod-identity/kubernetes';
import { LRUCache } from 'lru-cache';
import { pods } from '../cluster/watched-kinds.js';
import { canonicalAddress } from './address.js';

/** What {@link CallerResolver} asks of the API server. */
export interface PodLookup {
  /** All pods of this node that have a canonical address; none where the API server does not answer. */
  byAddress(address: string): Promise<readonly Pod[]>;
  /** The pod of that name, where it is on this node. */
  byName(key: ObjectKey): Promise<Pod | undefined>;
  /** All pods of this node, read after this was called; `undefined` where the API server does not answer. */
  ofNode(): Promise<readonly Pod[] | undefined>;
}

/** Options of {@link apiPodLookup}. */
export interface PodLookupOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly node: string;
  readonly onError: (error: unknown) => void;
}

const timeoutMs = 3_000;
const maxAtOnce = 4;
const forgetNobodyMs = 2_000;
const maxRemembered = 4_096;
/** Whoever asks for all pods of the node within this time gets the next list, one for all. */
const wholeListEachMs = 1_000;

/** {@link PodLookup} by an API server. */
export function apiPodLookup(options: PodLookupOptions): PodLookup {
  const { connection, clock, node, onError } = options;
  const client = new ResourceClient(connection, pods);
  const flights = new Map<string, Promise<readonly Pod[]>>();
  const nobodyUntil = new LRUCache<string, number>({ max: maxRemembered });

  const once = (key: string, ask: () => Promise<readonly Pod[]>): Promise<readonly Pod[]> => {
    const flight = flights.get(key);
    if (flight !== undefined) return flight;
    if (clock.monotonic() < (nobodyUntil.get(key) ?? -Infinity) || flights.size >= maxAtOnce)
      return Promise.resolve([]);
    const asking = ask()
      .then((found) => {
        if (found.length === 0) nobodyUntil.set(key, clock.monotonic() + forgetNobodyMs);
        return found;
      })
      .catch((error: unknown) => {
        onError(error);
        return [];
      })
      .finally(() => flights.delete(key));
    flights.set(key, asking);
    return asking;
  };

  let wholeListBegan = -Infinity;
  let listing: Promise<unknown> = Promise.resolve();
  let nextWholeList: Promise<readonly Pod[] | undefined> | undefined;
  const wholeList = async (): Promise<readonly Pod[] | undefined> => {
    await listing;
    const wait = wholeListBegan + wholeListEachMs - clock.monotonic();
    if (wait > 0) await sleep(clock, wait);
    // From here on it is too late to join this one: what it says may be older than who asks.
    nextWholeList = undefined;
    wholeListBegan = clock.monotonic();
    const list = readAll(client, { fieldSelector: `spec.nodeName=${node}` }).catch((error: unknown) => {
      onError(error);
      return undefined;
    });
    listing = list;
    return list;
  };

  return {
    ofNode: () => (nextWholeList ??= wholeList()),
    byAddress: (address) =>
      once(`address ${address}`, async () => {
        const fieldSelector = `spec.nodeName=${node},status.podIP=${address}`;
        const found = await readAll(client, { fieldSelector });
        return found.filter(
          (pod) => pod.nodeName === node && pod.podIPs.some((ip) => canonicalAddress(ip) === address),
        );
      }),
    byName: async (key) => {
      const [pod] = await once(`name ${objectKey(key)}`, async () => {
        const found = await client.find(key, { timeoutMs });
        return found?.nodeName === node ? [found] : [];
      });
      return pod;
    },
  };
}

async function readAll(
  client: ResourceClient<Pod>,
  selector: { readonly fieldSelector: string },
): Promise<readonly Pod[]> {
  const found: Pod[] = [];
  for await (const pod of client.list({ ...selector, signal: AbortSignal.timeout(timeoutMs) }))
    found.push(pod);
  return found;
}
