import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KubernetesApi, type KubernetesObject, type WatchEvent } from '../index.js';
import { testCluster } from '../testing/cluster.js';

const step = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  namespace: fc.constantFrom('default', 'kube-system'),
  does: fc.constantFrom('write', 'write', 'delete'),
  value: fc.nat(3),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function run(api: KubernetesApi, { name, namespace, does, value }: Step): void {
  const key = { name, namespace };
  const there = api.objects.find('configmaps', key) !== undefined;
  const object = { metadata: key, data: { value: String(value) } };
  if (does === 'delete') {
    if (there) api.objects.delete('configmaps', key);
  } else if (there) api.objects.update('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', ...object });
  else api.objects.create('configmaps', object);
}

const snapshot = (api: KubernetesApi): { version: string; items: readonly KubernetesObject[] } => {
  const { resourceVersion, items } = api.objects.list('configmaps');
  return { version: resourceVersion, items };
};

/** What a client knows that listed at `from` and then applied the events of a watch. */
function replay(from: readonly KubernetesObject[], events: readonly WatchEvent<KubernetesObject>[]): unknown {
  const known = new Map(from.map((object) => [keyOf(object), object]));
  for (const event of events) {
    if (!('object' in event)) throw new Error(`unexpected ${event.type}`);
    if (event.type === 'DELETED') known.delete(keyOf(event.object));
    else known.set(keyOf(event.object), event.object);
  }
  return [...known.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

const keyOf = ({ metadata }: KubernetesObject): string =>
  `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

describe('the history', () => {
  it('gives back every version as it was, and leads from each to the present', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { api } = testCluster();
        const snapshots = [snapshot(api)];
        for (const one of steps) {
          run(api, one);
          snapshots.push(snapshot(api));
        }
        const present = snapshot(api).items;
        for (const { version, items } of snapshots) {
          const past = api.objects.list('configmaps', {
            resourceVersion: version,
            resourceVersionMatch: 'Exact',
          });
          expect(past.items).toEqual(items);
          const events: WatchEvent<KubernetesObject>[] = [];
          api.objects.watch('configmaps', (event) => events.push(event), { resourceVersion: version }).stop();
          expect(replay(items, events)).toEqual(present);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is the same from the same seed and calls', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const [first, second] = [testCluster().api, testCluster().api];
        for (const one of steps) {
          run(first, one);
          run(second, one);
        }
        expect(snapshot(first)).toEqual(snapshot(second));
      }),
      { numRuns: 20 },
    );
  });

  it('is bounded however fast changes come', () => {
    const { api } = testCluster({ historyLimit: 10 });
    const { resourceVersion } = api.objects.list('configmaps');
    for (let value = 0; value < 30; value++) {
      run(api, { name: 'a', namespace: 'default', does: 'write', value });
    }
    const seen: string[] = [];
    api.objects.watch('configmaps', (event) => seen.push(event.type), { resourceVersion });
    expect(seen).toEqual(['ERROR']);
  });
});
