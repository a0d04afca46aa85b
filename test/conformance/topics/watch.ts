import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, mergePatch } from '../harness/api.js';
import { expectFailure } from '../harness/expectations.js';
import { configMap, core, custom, identity, pod } from '../harness/objects.js';
import { type Target } from '../harness/target.js';
import { summary, type WatchEvent } from '../harness/watch-stream.js';

/** Watches: where they begin, what they tell in which order, and how they end. */
export function watch(api: Api, target: Target): void {
  let namespace: string;
  let collection: string;
  beforeAll(async () => {
    namespace = await api.namespace();
    collection = custom('azureidentities', namespace);
  });

  /** The resource version of the newest list of a collection. */
  const now = async (path: string): Promise<string> =>
    (await api.get(path)).body.metadata.resourceVersion as string;

  describe('from a resource version', () => {
    it('tell each later change, whole, in order', async () => {
      await using stream = await api.watch(`${collection}?resourceVersion=${await now(collection)}`);
      expect(stream.status).toBe(200);
      expect(stream.headers['content-type']).toBe('application/json');
      expect(stream.headers['transfer-encoding']).toBe('chunked');
      const created = await api.created(collection, identity('life'));
      const changed = await api.patch(`${collection}/life`, mergePatch, { spec: { clientID: 'other' } });
      await api.delete(`${collection}/life`);

      const [added, modified, deleted] = await stream.take(3);
      expect(added).toEqual({ type: 'ADDED', object: created });
      expect(modified).toEqual({ type: 'MODIFIED', object: changed.body });
      const { resourceVersion } = deleted!.object.metadata;
      expect(deleted).toEqual({
        type: 'DELETED',
        object: { ...changed.body, metadata: { ...changed.body.metadata, resourceVersion } },
      });
      expect(Number(resourceVersion)).toBeGreaterThan(Number(changed.body.metadata.resourceVersion));
    });

    it('repeat what happened since, to whoever comes later', async () => {
      const since = await now(collection);
      await api.created(collection, identity('earlier'));
      await api.delete(`${collection}/earlier`);
      await using stream = await api.watch(`${collection}?resourceVersion=${since}`);
      expect(summary(await stream.take(2))).toEqual(['ADDED earlier', 'DELETED earlier']);
    });

    it('tell nothing of a write that changes nothing', async () => {
      const created = await api.created(collection, identity('still'));
      await using stream = await api.watch(
        `${collection}?resourceVersion=${created.metadata.resourceVersion}`,
      );
      await api.put(`${collection}/still`, created);
      await api.created(collection, identity('next'));
      expect(summary([await stream.next()])).toEqual(['ADDED next']);
    });

    it('tell of built-in objects with kind and version', async () => {
      const path = core('configmaps', namespace);
      await using stream = await api.watch(`${path}?resourceVersion=${await now(path)}`);
      const created = await api.created(path, configMap('told'));
      expect(await stream.next()).toEqual({ type: 'ADDED', object: created });
      expect(created.kind).toBe('ConfigMap');
    });

    it('of all namespaces tell of each', async () => {
      const other = await api.namespace();
      const all = `${custom('azureidentities')}?labelSelector=across%3D${other}`;
      await using stream = await api.watch(`${all}&resourceVersion=${await now(custom('azureidentities'))}`);
      const labels = { across: other };
      await api.created(collection, identity('one', { labels }));
      await api.created(custom('azureidentities', other), identity('two', { labels }));
      const events = await stream.take(2);
      expect(events.map(({ object }) => `${object.metadata.namespace}/${object.metadata.name}`)).toEqual([
        `${namespace}/one`,
        `${other}/two`,
      ]);
    });

    it('410 as an event of a stream that began well, when it is too old', async () => {
      await target.compact();
      await using stream = await api.watch(`${collection}?resourceVersion=1`);
      expect(stream.status).toBe(200);
      const events = await stream.rest();
      expect(events).toEqual([
        {
          type: 'ERROR',
          object: {
            kind: 'Status',
            apiVersion: 'v1',
            metadata: {},
            status: 'Failure',
            message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/),
            reason: 'Expired',
            code: 410,
          },
        },
      ]);
    });
  });

  describe('without a resource version, or from 0', () => {
    it('begin with what is there, as ADDED', async () => {
      const where = await api.namespace();
      const path = custom('azureidentities', where);
      const objects = [await api.created(path, identity('a')), await api.created(path, identity('b'))];
      for (const query of ['', '?resourceVersion=0']) {
        await using stream = await api.watch(`${path}${query}`);
        const events = await stream.take(2);
        expect(events.map(({ type }) => type)).toEqual(['ADDED', 'ADDED']);
        const byName = events
          .map(({ object }) => object)
          .sort((x, y) => (x.metadata.name < y.metadata.name ? -1 : 1));
        expect(byName).toEqual(objects);

        await api.created(path, identity('c'));
        expect(summary([await stream.next()])).toEqual(['ADDED c']);
        await api.delete(`${path}/c`);
        expect(summary([await stream.next()])).toEqual(['DELETED c']);
      }
    });
  });

  describe('of what a selector picks', () => {
    it('tell of an object that begins to match as ADDED, and of one that ends to as DELETED', async () => {
      const url = `${collection}?labelSelector=tier%3Dfront&resourceVersion=${await now(collection)}`;
      await using stream = await api.watch(url);
      await api.created(collection, identity('wanders'));
      const relabel = (tier: string | null): Promise<unknown> =>
        api.patch(`${collection}/wanders`, mergePatch, { metadata: { labels: { tier } } });
      await relabel('front');
      await api.patch(`${collection}/wanders`, mergePatch, { spec: { clientID: 'other' } });
      await relabel('back');
      await relabel(null);
      await relabel('front');
      await api.delete(`${collection}/wanders`);
      const events = await stream.take(5);
      expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED', 'ADDED', 'DELETED']);
      // What left the selection is shown as it was inside, at the version at which it left.
      expect(events[2]!.object.metadata.labels).toEqual({ tier: 'front' });
      expect(Number(events[2]!.object.metadata.resourceVersion)).toBeGreaterThan(
        Number(events[1]!.object.metadata.resourceVersion),
      );
    });

    it('follow one object by name', async () => {
      const url = `${collection}?fieldSelector=metadata.name%3Dchosen&resourceVersion=${await now(collection)}`;
      await using stream = await api.watch(url);
      await api.created(collection, identity('passed-over'));
      await api.created(collection, identity('chosen'));
      expect(summary([await stream.next()])).toEqual(['ADDED chosen']);
    });

    it('follow the pods of a node, from the moment that they are bound to it', async () => {
      const path = core('pods', namespace);
      const node = `node-${namespace}`;
      const url = `/api/v1/pods?fieldSelector=spec.nodeName%3D${node}&resourceVersion=${await now(path)}`;
      await using stream = await api.watch(url);
      await api.created(path, pod('elsewhere', { node: 'node-b' }));
      await api.created(path, pod('bound-at-birth', { node }));
      await api.created(path, pod('bound-later'));
      const bound = await api.post(`${path}/bound-later/binding`, {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: 'bound-later' },
        target: { kind: 'Node', name: node },
      });
      expect(bound.status).toBe(201);
      expect(bound.body.status).toBe('Success');
      const events = await stream.take(2);
      expect(summary(events)).toEqual(['ADDED bound-at-birth', 'ADDED bound-later']);
      expect(events[1]!.object.spec.nodeName).toBe(node);
    });

    it('refuse a field that has no index', async () => {
      const answer = await api.get(`${collection}?watch=true&fieldSelector=spec.clientID%3Dx`);
      expectFailure(answer, {
        code: 400,
        reason: 'BadRequest',
        message: 'field label not supported: spec.clientID',
      });
    });
  });

  describe('and the objects that finalizers hold', () => {
    it('are MODIFIED when deletion begins and DELETED when the last finalizer goes', async () => {
      const object = identity('held');
      object.metadata['finalizers'] = ['example.com/hold'];
      const created = await api.created(collection, object);
      await using stream = await api.watch(
        `${collection}?resourceVersion=${created.metadata.resourceVersion}`,
      );
      await api.delete(`${collection}/held`);
      await api.patch(`${collection}/held`, mergePatch, { metadata: { finalizers: null } });
      const [marked, gone] = await stream.take(2);
      expect(marked!.type).toBe('MODIFIED');
      expect(marked!.object.metadata.deletionTimestamp).toMatch(/Z$/);
      expect(marked!.object.metadata.finalizers).toEqual(['example.com/hold']);
      expect(gone!.type).toBe('DELETED');
      expect(gone!.object.metadata.deletionTimestamp).toBe(marked!.object.metadata.deletionTimestamp);
      expect(gone!.object.metadata.finalizers).toEqual(['example.com/hold']);
    });
  });

  describe('end', () => {
    it('after timeoutSeconds, with the stream closed in good order', async () => {
      const began = performance.now();
      await using stream = await api.watch(
        `${collection}?resourceVersion=${await now(collection)}&timeoutSeconds=1`,
      );
      expect(await stream.rest()).toEqual([]);
      const took = performance.now() - began;
      expect(took).toBeGreaterThan(900);
      expect(took).toBeLessThan(10_000);
    });

    it('with a bookmark shortly before, for whoever asked and has missed something', async () => {
      const other = await api.namespace();
      const query = `?allowWatchBookmarks=true&timeoutSeconds=4&resourceVersion=`;
      const pods = core('pods', namespace);
      await using ofIdentities = await api.watch(`${collection}${query}${await now(collection)}`);
      await using ofPods = await api.watch(`${pods}${query}${await now(pods)}`);
      await using unasked = await api.watch(
        `${collection}?timeoutSeconds=4&resourceVersion=${await now(collection)}`,
      );
      // Nothing that the watches tell, but it moves the resource version on.
      const elsewhere = await api.created(custom('azureidentities', other), identity('elsewhere'));
      const podElsewhere = await api.created(core('pods', other), pod('elsewhere', { node: 'node-a' }));

      expectBookmarks(await ofIdentities.rest(), elsewhere.metadata.resourceVersion, {
        kind: 'AzureIdentity',
        apiVersion: identity('x').apiVersion,
        metadata: {},
      });
      expectBookmarks(await ofPods.rest(), podElsewhere.metadata.resourceVersion, {
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: { creationTimestamp: null },
        spec: { containers: null },
        status: {},
      });
      expect(await unasked.rest()).toEqual([]);
    });
  });
}

/** One bookmark at least, and nothing else: a server that is due to send one may send a second. */
function expectBookmarks(events: readonly WatchEvent[], notBefore: string, object: object): void {
  expect(events.length).toBeGreaterThan(0);
  for (const { type, object: bookmark } of events) {
    const { resourceVersion, ...metadata } = bookmark.metadata;
    expect(type).toBe('BOOKMARK');
    expect({ ...bookmark, metadata }).toEqual(object);
    expect(Number(resourceVersion)).toBeGreaterThanOrEqual(Number(notBefore));
  }
}
