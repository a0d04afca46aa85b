import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, jsonPatch, mergePatch } from '../harness/api.js';
import { expectFailure } from '../harness/expectations.js';
import { assigned, core, custom, group, identity, pod } from '../harness/objects.js';

const condition = {
  type: 'Usable',
  status: 'False',
  reason: 'InvalidResourceID',
  message: 'the resourceID is not valid',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};

/** Status: its own path where there is one, an ordinary field where there is none. */
export function status(api: Api): void {
  let namespace: string;
  beforeAll(async () => {
    namespace = await api.namespace();
  });

  describe('of AzureIdentity, which has a subresource', () => {
    let collection: string;
    beforeAll(() => {
      collection = custom('azureidentities', namespace);
    });

    it('is not set by creating', async () => {
      const answer = await api.post(collection, { ...identity('born'), status: { conditions: [condition] } });
      expect(answer.status).toBe(201);
      expect(answer.body).not.toHaveProperty('status');
    });

    it('is not set by replacing or patching the object', async () => {
      const created = await api.created(collection, identity('main'));
      const replaced = await api.put(`${collection}/main`, {
        ...created,
        status: { conditions: [condition] },
      });
      expect(replaced.status).toBe(200);
      const patched = await api.patch(`${collection}/main`, mergePatch, {
        status: { conditions: [condition] },
      });
      expect(patched.status).toBe(200);
      expect(patched.body).toEqual(created);
    });

    it('is all that a write to /status sets, and leaves the generation alone', async () => {
      const created = await api.created(collection, identity('sub'));
      const replaced = await api.put(`${collection}/sub/status`, {
        ...created,
        spec: { ...created.spec, clientID: 'other' },
        status: { conditions: [condition] },
      });
      expect(replaced.status).toBe(200);
      expect(replaced.body.status).toEqual({ conditions: [condition] });
      expect(replaced.body.spec).toEqual(created.spec);
      expect(replaced.body.metadata.generation).toBe(1);

      const patched = await api.patch(`${collection}/sub/status`, mergePatch, {
        spec: { clientID: 'other' },
        status: { conditions: [{ ...condition, status: 'True' }] },
      });
      expect(patched.status).toBe(200);
      expect(patched.body.status.conditions).toEqual([{ ...condition, status: 'True' }]);
      expect(patched.body.spec).toEqual(created.spec);
      expect((await api.get(`${collection}/sub/status`)).body).toEqual(patched.body);
      expect((await api.get(`${collection}/sub`)).body).toEqual(patched.body);
    });

    it('stays when the object is replaced without it', async () => {
      const created = await api.created(collection, identity('stays'));
      const { body } = await api.patch(`${collection}/stays/status`, mergePatch, {
        status: { conditions: [condition] },
      });
      const { status: _, ...without } = body;
      const answer = await api.put(`${collection}/stays`, {
        ...without,
        spec: { ...created.spec, clientID: 'other' },
      });
      expect(answer.body.status).toEqual({ conditions: [condition] });
      expect(answer.body.metadata.generation).toBe(2);
    });

    it('takes labels along only through the object, not through /status', async () => {
      await api.created(collection, identity('labels', { labels: { a: '1' } }));
      const answer = await api.patch(`${collection}/labels/status`, mergePatch, {
        metadata: { labels: { a: '2' } },
        status: {},
      });
      expect(answer.status).toBe(200);
      expect(answer.body.metadata.labels).toEqual({ a: '1' });
    });
  });

  describe('of AzureAssignedIdentity, which has none', () => {
    let collection: string;
    beforeAll(() => {
      collection = custom('azureassignedidentities', namespace);
    });

    it('is set by creating, and by an ordinary patch', async () => {
      const created = await api.post(collection, { ...assigned('plain'), status: { status: 'Created' } });
      expect(created.body.status).toEqual({ status: 'Created' });
      const merged = await api.patch(`${collection}/plain`, mergePatch, { status: { status: 'Assigned' } });
      expect(merged.body.status).toEqual({ status: 'Assigned' });
      const add = [{ op: 'add', path: '/status', value: { status: 'Unassigned' } }];
      const replaced = await api.patch(`${collection}/plain`, jsonPatch, add);
      expect(replaced.status).toBe(200);
      expect(replaced.body.status).toEqual({ status: 'Unassigned' });
      expect(replaced.body.spec).toEqual(assigned('plain').spec);
    });

    it('counts the generation up as any field does', async () => {
      await api.created(collection, assigned('counted'));
      const answer = await api.patch(`${collection}/counted`, mergePatch, { status: { status: 'Created' } });
      expect(answer.body.metadata.generation).toBe(2);
    });

    it('is at no path of its own', async () => {
      await api.created(collection, assigned('no-path'));
      for (const answer of [
        await api.get(`${collection}/no-path/status`),
        await api.patch(`${collection}/no-path/status`, mergePatch, { status: { status: 'Assigned' } }),
      ]) {
        expectFailure(answer, {
          code: 404,
          reason: 'NotFound',
          message: `azureassignedidentities.${group} "no-path" not found`,
          details: { name: 'no-path', group, kind: 'azureassignedidentities' },
        });
      }
    });
  });

  describe('of pods', () => {
    it('is not set by creating, nor by patching the pod', async () => {
      const path = core('pods', namespace);
      const created = await api.post(path, {
        ...pod('status', { node: 'node-a' }),
        status: { podIP: '10.0.0.1' },
      });
      expect(created.body.status).not.toHaveProperty('podIP');
      const patched = await api.patch(`${path}/status`, mergePatch, { status: { podIP: '10.0.0.1' } });
      expect(patched.status).toBe(200);
      expect(patched.body.status).not.toHaveProperty('podIP');
      const answer = await api.patch(`${path}/status/status`, mergePatch, {
        spec: { nodeName: 'b' },
        status: { podIP: '10.0.0.1' },
      });
      expect(answer.status).toBe(200);
      expect(answer.body.status.podIP).toBe('10.0.0.1');
      expect(answer.body.spec.nodeName).toBe('node-a');
    });

    it('leaves the node that a pod is bound to as it is', async () => {
      const path = core('pods', namespace);
      await api.created(path, pod('bound', { node: 'node-a' }));
      const answer = await api.patch(`${path}/bound`, mergePatch, { spec: { nodeName: 'node-b' } });
      expect(answer.status).toBe(422);
      expect(answer.body.reason).toBe('Invalid');
    });
  });
}
