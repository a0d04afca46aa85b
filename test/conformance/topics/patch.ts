import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, jsonPatch, mergePatch, strategicMergePatch } from '../harness/api.js';
import { expectFailure } from '../harness/expectations.js';
import { configMap, core, custom, group, identity, pod } from '../harness/objects.js';

/** The three kinds of patch that clients send, on custom and built-in objects. */
export function patch(api: Api): void {
  let namespace: string;
  let collection: string;
  beforeAll(async () => {
    namespace = await api.namespace();
    collection = custom('azureidentities', namespace);
  });

  describe('merge patch', () => {
    it('sets, replaces and, with null, removes', async () => {
      const created = await api.created(collection, identity('merged', { labels: { a: '1', b: '2' } }));
      const answer = await api.patch(`${collection}/merged`, mergePatch, {
        metadata: { labels: { a: null, c: '3' } },
        spec: { clientID: 'other' },
      });
      expect(answer.status).toBe(200);
      expect(answer.body.metadata.labels).toEqual({ b: '2', c: '3' });
      expect(answer.body.spec).toEqual({ ...created.spec, clientID: 'other' });
      expect(answer.body.metadata.generation).toBe(2);
    });

    it('replaces a list as a whole', async () => {
      const object = identity('list', { spec: { auxiliaryTenantIDs: ['a', 'b'] } });
      await api.created(collection, object);
      const answer = await api.patch(`${collection}/list`, mergePatch, {
        spec: { auxiliaryTenantIDs: ['c'] },
      });
      expect(answer.body.spec.auxiliaryTenantIDs).toEqual(['c']);
    });

    it('that changes nothing keeps the resource version', async () => {
      const created = await api.created(collection, identity('idle'));
      const answer = await api.patch(`${collection}/idle`, mergePatch, {
        spec: { clientID: created.spec.clientID },
      });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual(created);
    });

    it('with an old resource version is a conflict', async () => {
      const created = await api.created(collection, identity('stale'));
      await api.patch(`${collection}/stale`, mergePatch, { spec: { clientID: 'other' } });
      const { resourceVersion } = created.metadata;
      expectFailure(
        await api.patch(`${collection}/stale`, mergePatch, {
          metadata: { resourceVersion, labels: { a: 'b' } },
        }),
        {
          code: 409,
          reason: 'Conflict',
          message: `Operation cannot be fulfilled on azureidentities.${group} "stale": the object has been modified; please apply your changes to the latest version and try again`,
          details: { name: 'stale', group, kind: 'azureidentities' },
        },
      );
    });

    it('of what is not there is 404', async () => {
      expectFailure(await api.patch(`${collection}/none`, mergePatch, { spec: {} }), {
        code: 404,
        reason: 'NotFound',
        message: `azureidentities.${group} "none" not found`,
        details: { name: 'none', group, kind: 'azureidentities' },
      });
    });

    it('cannot rename', async () => {
      await api.created(collection, identity('fixed'));
      const answer = await api.patch(`${collection}/fixed`, mergePatch, { metadata: { name: 'moved' } });
      expectFailure(answer, {
        code: 400,
        reason: 'BadRequest',
        message: 'the name of the object (moved) does not match the name on the URL (fixed)',
      });
    });

    it('that is not JSON is 400', async () => {
      await api.created(collection, identity('bad-merge'));
      const answer = await api.patch(`${collection}/bad-merge`, mergePatch, '{"spec": ');
      expect(answer.status).toBe(400);
      expect(answer.body.message).toMatch(/^error decoding patch: /);
    });

    it('works on built-in objects', async () => {
      await api.created(
        core('configmaps', namespace),
        configMap('merged', { labels: { a: '1' }, data: { x: '1', y: '2' } }),
      );
      const answer = await api.patch(core('configmaps', namespace, 'merged'), mergePatch, {
        data: { x: null, z: '3' },
      });
      expect(answer.status).toBe(200);
      expect(answer.body.data).toEqual({ y: '2', z: '3' });
    });

    it('with dryRun answers and stores nothing', async () => {
      const created = await api.created(collection, identity('imagined'));
      const answer = await api.patch(`${collection}/imagined?dryRun=All`, mergePatch, {
        spec: { clientID: 'other' },
      });
      expect(answer.status).toBe(200);
      expect(answer.body.spec.clientID).toBe('other');
      expect((await api.get(`${collection}/imagined`)).body).toEqual(created);
    });
  });

  describe('JSON patch', () => {
    it('adds, replaces, removes and tests in order', async () => {
      await api.created(collection, identity('json', { labels: { 'example.com/a': '1' } }));
      const answer = await api.patch(`${collection}/json`, jsonPatch, [
        { op: 'test', path: '/metadata/labels/example.com~1a', value: '1' },
        { op: 'replace', path: '/metadata/labels/example.com~1a', value: '2' },
        { op: 'add', path: '/metadata/finalizers', value: ['example.com/one'] },
        { op: 'add', path: '/metadata/finalizers/-', value: 'example.com/two' },
        { op: 'remove', path: '/spec/clientID' },
      ]);
      expect(answer.status).toBe(200);
      expect(answer.body.metadata.labels).toEqual({ 'example.com/a': '2' });
      expect(answer.body.metadata.finalizers).toEqual(['example.com/one', 'example.com/two']);
      expect(answer.body.spec).not.toHaveProperty('clientID');
    });

    it('does nothing at all when a test fails', async () => {
      const created = await api.created(collection, identity('tested'));
      const answer = await api.patch(`${collection}/tested`, jsonPatch, [
        { op: 'replace', path: '/spec/clientID', value: 'other' },
        { op: 'test', path: '/metadata/resourceVersion', value: '1' },
      ]);
      expectFailure(answer, {
        code: 422,
        reason: 'Invalid',
        message: 'the server rejected our request due to an error in our request',
        details: {},
      });
      expect((await api.get(`${collection}/tested`)).body).toEqual(created);
    });

    it('is refused where it points to nothing', async () => {
      await api.created(collection, identity('pointed'));
      const remove = [{ op: 'remove', path: '/metadata/finalizers/0' }];
      expectFailure(await api.patch(`${collection}/pointed`, jsonPatch, remove), {
        code: 422,
        reason: 'Invalid',
        message: 'the server rejected our request due to an error in our request',
        details: {},
      });
    });

    it('that is no list of operations is 400', async () => {
      await api.created(collection, identity('no-list'));
      const answer = await api.patch(`${collection}/no-list`, jsonPatch, { spec: {} });
      expect(answer.status).toBe(400);
      expect(answer.body.message).toMatch(/^error decoding patch: /);
    });

    it('works on built-in objects', async () => {
      await api.created(core('configmaps', namespace), configMap('json', { data: { a: '1' } }));
      const add = [{ op: 'add', path: '/data/b', value: '2' }];
      const answer = await api.patch(core('configmaps', namespace, 'json'), jsonPatch, add);
      expect(answer.body.data).toEqual({ a: '1', b: '2' });
    });
  });

  describe('strategic merge patch', () => {
    it('sets and removes labels of a pod', async () => {
      await api.created(core('pods', namespace), pod('labels', { labels: { a: '1' }, node: 'node-a' }));
      const answer = await api.patch(core('pods', namespace, 'labels'), strategicMergePatch, {
        metadata: { labels: { a: null, aadpodidbinding: 'web' } },
      });
      expect(answer.status).toBe(200);
      expect(answer.body.metadata.labels).toEqual({ aadpodidbinding: 'web' });
    });

    it('merges the containers of a pod by name', async () => {
      const object = pod('containers', { node: 'node-a' });
      object['spec'] = {
        nodeName: 'node-a',
        containers: [
          { name: 'a', image: 'one' },
          { name: 'b', image: 'two' },
        ],
      };
      await api.created(core('pods', namespace), object);
      const answer = await api.patch(core('pods', namespace, 'containers'), strategicMergePatch, {
        spec: {
          '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }],
          containers: [{ name: 'b', image: 'three' }],
        },
      });
      expect(answer.status).toBe(200);
      const images = answer.body.spec.containers.map(({ name, image }: Record<string, string>) => [
        name,
        image,
      ]);
      expect(images).toEqual([
        ['a', 'one'],
        ['b', 'three'],
      ]);
    });

    it('merges finalizers, and takes out those that it is told to', async () => {
      const object = configMap('finalizers');
      object.metadata['finalizers'] = ['example.com/one'];
      await api.created(core('configmaps', namespace), object);
      const url = core('configmaps', namespace, 'finalizers');
      const added = await api.patch(url, strategicMergePatch, {
        metadata: { finalizers: ['example.com/two'] },
      });
      expect([...added.body.metadata.finalizers].sort()).toEqual(['example.com/one', 'example.com/two']);
      const taken = await api.patch(url, strategicMergePatch, {
        metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/one'] },
      });
      expect(taken.body.metadata.finalizers).toEqual(['example.com/two']);
    });

    it('replaces the taints of a node as a whole, so null removes them all', async () => {
      const node = {
        metadata: { name: namespace },
        spec: {
          taints: [
            { key: 'a', effect: 'NoSchedule' },
            { key: 'b', effect: 'NoSchedule' },
          ],
        },
      };
      await api.created(core('nodes'), node);
      const url = core('nodes', undefined, namespace);
      const one = await api.patch(url, strategicMergePatch, {
        spec: { taints: [{ key: 'b', effect: 'NoSchedule' }] },
      });
      expect(one.status).toBe(200);
      expect(one.body.spec.taints).toEqual([{ key: 'b', effect: 'NoSchedule' }]);
      const none = await api.patch(url, strategicMergePatch, { spec: { taints: null } });
      expect(none.body.spec).not.toHaveProperty('taints');
      await api.delete(url);
    });

    it('merges the conditions of a pod by type, through its status', async () => {
      await api.created(core('pods', namespace), pod('conditions', { node: 'node-a' }));
      const url = `${core('pods', namespace, 'conditions')}/status`;
      const condition = (type: string, status: string): object => ({ type, status });
      await api.patch(url, strategicMergePatch, {
        status: { conditions: [condition('Initialized', 'True'), condition('Ready', 'False')] },
      });
      const answer = await api.patch(url, strategicMergePatch, {
        status: { phase: 'Running', conditions: [condition('Ready', 'True')] },
      });
      expect(answer.status).toBe(200);
      expect(answer.body.status.phase).toBe('Running');
      const conditions = answer.body.status.conditions.map(
        ({ type, status }: Record<string, string>) => `${type}=${status}`,
      );
      expect(conditions.sort()).toEqual(['Initialized=True', 'Ready=True']);
    });

    it('is refused for custom resources', async () => {
      await api.created(collection, identity('strategic'));
      const answer = await api.patch(`${collection}/strategic`, strategicMergePatch, { spec: {} });
      expect(answer.status).toBe(415);
      expect(answer.body.reason).toBe('UnsupportedMediaType');
      // A server may know more kinds of patches than these.
      expect(answer.body.message).toMatch(
        /^the body of the request was in an unknown format - accepted media types include: application\/json-patch\+json, application\/merge-patch\+json/,
      );
    });
  });

  it('a patch of no known kind is refused', async () => {
    await api.created(core('configmaps', namespace), configMap('plain'));
    const answer = await api.patch(core('configmaps', namespace, 'plain'), 'application/json', { data: {} });
    expect(answer.status).toBe(415);
    expect(answer.body).toMatchObject({ kind: 'Status', reason: 'UnsupportedMediaType', code: 415 });
  });
}
