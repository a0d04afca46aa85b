import { describe, expect, it } from 'vitest';
import { type KubernetesObject, type WatchEvent, type WatchOptions } from '../index.js';
import { configMap, pod, refusal, type TestCluster, testCluster } from '../testing/cluster.js';

interface Recorded {
  readonly events: WatchEvent<KubernetesObject>[];
  readonly ends: { count: number };
  readonly stop: () => void;
  names(): string[];
}

function record({ api }: TestCluster, resource: string, options: WatchOptions = {}): Recorded {
  const events: WatchEvent<KubernetesObject>[] = [];
  const ends = { count: 0 };
  const watch = api.objects.watch(resource, (event) => events.push(event), {
    ...options,
    onEnd: () => ends.count++,
  });
  const nameOf = (event: WatchEvent<KubernetesObject>): string =>
    'object' in event ? `${event.type} ${event.object.metadata.name ?? ''}` : event.type;
  return { events, ends, stop: () => watch.stop(), names: () => events.map(nameOf) };
}

describe('a watch', () => {
  it('without a version begins with what is there, and goes on with what changes', () => {
    const cluster = testCluster();
    cluster.api.objects.create('configmaps', configMap('a'));
    const seen = record(cluster, 'configmaps');
    cluster.api.objects.create('configmaps', configMap('b'));
    cluster.api.objects.delete('configmaps', { namespace: 'default', name: 'a' });
    expect(seen.names()).toEqual(['ADDED a', 'ADDED b', 'DELETED a']);
  });

  it('from a version repeats what came after it', () => {
    const cluster = testCluster();
    const first = cluster.api.objects.create('configmaps', configMap('a'));
    cluster.api.objects.create('configmaps', configMap('b'));
    const { resourceVersion } = first.metadata;
    expect(record(cluster, 'configmaps', { resourceVersion }).names()).toEqual(['ADDED b']);
  });

  it('of one namespace hears nothing of others', () => {
    const cluster = testCluster();
    const seen = record(cluster, 'configmaps', { namespace: 'kube-system' });
    cluster.api.objects.create('configmaps', configMap('a'));
    cluster.api.objects.create('configmaps', { metadata: { name: 'b', namespace: 'kube-system' } });
    expect(seen.names()).toEqual(['ADDED b']);
  });

  it('of a selection shows what leaves it as deleted, as it was within', () => {
    const cluster = testCluster();
    const seen = record(cluster, 'pods', { fieldSelector: 'spec.nodeName=n1', labelSelector: 'app=web' });
    cluster.api.objects.create('pods', pod('p', { labels: { app: 'web' } }));
    cluster.api.bindPod({ namespace: 'default', name: 'p' }, 'n1');
    cluster.api.objects.patch(
      'pods',
      { namespace: 'default', name: 'p' },
      { type: 'application/merge-patch+json', body: { metadata: { labels: { app: 'db' } } } },
    );
    expect(seen.names()).toEqual(['ADDED p', 'DELETED p']);
    const [added, deleted] = seen.events;
    expect(deleted).toMatchObject({ object: { metadata: { labels: { app: 'web' } } } });
    expect(versionOf(deleted)).toBeGreaterThan(versionOf(added));
  });

  it('is told in order even of what another watch writes when it is told', () => {
    const cluster = testCluster();
    cluster.api.objects.watch('configmaps', (event) => {
      if ('object' in event && event.object.metadata.name === 'a' && event.type === 'ADDED') {
        cluster.api.objects.create('configmaps', configMap('b'));
        cluster.api.objects.watch('configmaps', () => undefined);
      }
    });
    const seen = record(cluster, 'configmaps');
    cluster.api.objects.create('configmaps', configMap('a'));
    expect(seen.names()).toEqual(['ADDED a', 'ADDED b']);
  });

  it('that begins while changes are announced hears of none twice', () => {
    const cluster = testCluster();
    let inner: Recorded | undefined;
    cluster.api.objects.watch('configmaps', (event) => {
      if (event.type !== 'ADDED' || event.object.metadata.name !== 'a') return;
      cluster.api.objects.create('configmaps', configMap('b'));
      inner = record(cluster, 'configmaps');
    });
    cluster.api.objects.create('configmaps', configMap('a'));
    expect(inner?.names()).toEqual(['ADDED a', 'ADDED b']);
  });

  it('hears of what it writes itself while it is told what is there, after all of that', () => {
    const cluster = testCluster();
    for (const name of ['a', 'b']) cluster.api.objects.create('configmaps', configMap(name));
    const seen: string[] = [];
    cluster.api.objects.watch('configmaps', (event) => {
      if (!('object' in event)) return;
      seen.push(`${event.type} ${event.object.metadata.name ?? ''}`);
      if (seen.length > 1) return;
      cluster.api.objects.update('configmaps', { ...event.object, data: { told: 'yes' } });
      cluster.api.objects.delete('configmaps', { namespace: 'default', name: 'b' });
    });
    expect(seen).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
  });

  it('from before the last compaction is told 410, and ends', () => {
    const cluster = testCluster();
    const { metadata } = cluster.api.objects.create('configmaps', configMap('a'));
    cluster.api.objects.create('configmaps', configMap('b'));
    cluster.api.compact();
    const seen = record(cluster, 'configmaps', { resourceVersion: metadata.resourceVersion });
    expect(seen.events).toMatchObject([{ type: 'ERROR', status: { code: 410, reason: 'Expired' } }]);
    expect(seen.ends.count).toBe(1);
  });

  it('outlives a compaction, and can be resumed from the last that it heard', async () => {
    const cluster = testCluster({ compactionIntervalMs: 1000 });
    const seen = record(cluster, 'configmaps');
    cluster.api.objects.create('configmaps', configMap('a'));
    for (let round = 0; round < 4; round++) {
      await cluster.clock.advance(1000);
      cluster.api.objects.create('secrets', { metadata: { name: `s${round}` } });
    }
    const resourceVersion = String(versionOf(seen.events[0]));
    expect(record(cluster, 'configmaps', { resourceVersion }).ends.count).toBe(0);
    expect(record(cluster, 'configmaps', { resourceVersion: '2' }).ends.count).toBe(1);
  });

  it('gets bookmarks at intervals if it asks for them, and no timer runs once nobody does', async () => {
    const cluster = testCluster({ bookmarkIntervalMs: 500 });
    const asked = record(cluster, 'configmaps', { allowWatchBookmarks: true, labelSelector: 'none' });
    const unasked = record(cluster, 'configmaps', { labelSelector: 'none' });
    const { metadata } = cluster.api.objects.create('configmaps', configMap('a'));
    await cluster.clock.advance(1000);
    const bookmark = { type: 'BOOKMARK', revision: Number(metadata.resourceVersion) };
    expect(asked.events).toEqual([bookmark, bookmark]);
    expect(unasked.events).toEqual([]);
    asked.stop();
    await cluster.clock.advance(5000);
    expect(cluster.clock.pending).toBe(0);
    expect(asked.events).toHaveLength(2);
  });

  it('ends when it is dropped; others go on', () => {
    const cluster = testCluster();
    const [maps, secrets] = [record(cluster, 'configmaps'), record(cluster, 'secrets')];
    expect(cluster.api.dropWatches((resource) => resource === 'configmaps')).toBe(1);
    cluster.api.objects.create('configmaps', configMap('a'));
    expect([maps.ends.count, maps.events.length, secrets.ends.count]).toEqual([1, 0, 0]);
    expect(cluster.api.dropWatches(() => true, true)).toBe(1);
    expect(secrets.events).toMatchObject([{ type: 'ERROR', status: { code: 410 } }]);
  });

  it('is refused where its selector or version is none', () => {
    const { api } = testCluster();
    const watch = (options: WatchOptions): number =>
      refusal(() => api.objects.watch('pods', () => undefined, options)).code;
    expect(watch({ fieldSelector: 'spec.image=x' })).toBe(400);
    expect(watch({ resourceVersion: 'x' })).toBe(400);
  });
});

function versionOf(event: WatchEvent<KubernetesObject> | undefined): number {
  return event !== undefined && 'object' in event ? Number(event.object.metadata.resourceVersion) : NaN;
}
