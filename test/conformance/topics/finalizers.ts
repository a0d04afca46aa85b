import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, jsonPatch, mergePatch } from '../harness/api.js';
import { expectFailure } from '../harness/expectations.js';
import { assigned, configMap, core, custom, group, pod } from '../harness/objects.js';

const finalizer = 'azureassignedidentity.finalizers.aadpodidentity.k8s.io';

/** How objects go: finalizers, preconditions, grace. */
export function finalizers(api: Api): void {
  let namespace: string;
  let collection: string;
  beforeAll(async () => {
    namespace = await api.namespace();
    collection = custom('azureassignedidentities', namespace);
  });
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const held = (name: string): Promise<any> => {
    const object = assigned(name);
    object.metadata['finalizers'] = [finalizer];
    return api.created(collection, object);
  };

  describe('an object with a finalizer', () => {
    it('is marked by its deletion, and stays', async () => {
      const created = await held('marked');
      const answer = await api.delete(`${collection}/marked`);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({
        kind: 'AzureAssignedIdentity',
        metadata: {
          name: 'marked',
          uid: created.metadata.uid,
          finalizers: [finalizer],
          deletionGracePeriodSeconds: 0,
          generation: 2,
        },
      });
      expect(answer.body.metadata.deletionTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect((await api.get(`${collection}/marked`)).body).toEqual(answer.body);
    });

    it('is not marked twice', async () => {
      await held('once');
      const first = await api.delete(`${collection}/once`);
      const second = await api.delete(`${collection}/once`);
      expect(second.status).toBe(200);
      expect(second.body).toEqual(first.body);
    });

    it('goes with its last finalizer, taken off by a merge patch', async () => {
      await held('merged');
      await api.delete(`${collection}/merged`);
      const answer = await api.patch(`${collection}/merged`, mergePatch, { metadata: { finalizers: [] } });
      expect(answer.status).toBe(200);
      expect(answer.body.metadata).not.toHaveProperty('finalizers');
      expect((await api.get(`${collection}/merged`)).status).toBe(404);
    });

    it('goes with its last finalizer, taken off by a JSON patch', async () => {
      await held('json');
      await api.delete(`${collection}/json`);
      const answer = await api.patch(`${collection}/json`, jsonPatch, [
        { op: 'remove', path: '/metadata/finalizers' },
      ]);
      expect(answer.status).toBe(200);
      expect((await api.get(`${collection}/json`)).status).toBe(404);
    });

    it('goes with its last finalizer, taken off by a replacement', async () => {
      await held('replaced');
      const { body } = await api.delete(`${collection}/replaced`);
      const answer = await api.put(`${collection}/replaced`, {
        ...body,
        metadata: { ...body.metadata, finalizers: [] },
      });
      expect(answer.status).toBe(200);
      expect((await api.get(`${collection}/replaced`)).status).toBe(404);
    });

    it('stays while another finalizer is left', async () => {
      const object = assigned('two');
      object.metadata['finalizers'] = [finalizer, 'example.com/other'];
      await api.created(collection, object);
      await api.delete(`${collection}/two`);
      const answer = await api.patch(`${collection}/two`, mergePatch, {
        metadata: { finalizers: ['example.com/other'] },
      });
      expect(answer.body.metadata.finalizers).toEqual(['example.com/other']);
      expect((await api.get(`${collection}/two`)).status).toBe(200);
    });

    it('may still change while it is going, but takes no new finalizer', async () => {
      await held('going');
      await api.delete(`${collection}/going`);
      const changed = await api.patch(`${collection}/going`, mergePatch, {
        status: { status: 'Unassigned' },
      });
      expect(changed.status).toBe(200);
      expect(changed.body.status).toEqual({ status: 'Unassigned' });

      const added = await api.patch(`${collection}/going`, mergePatch, {
        metadata: { finalizers: [finalizer, 'example.com/late'] },
      });
      const message =
        'Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/late"}';
      expect(added.status).toBe(422);
      expect(added.body).toMatchObject({
        reason: 'Invalid',
        message: `AzureAssignedIdentity.${group} "going" is invalid: metadata.finalizers: ${message}`,
        details: { name: 'going', group, kind: 'AzureAssignedIdentity' },
      });
      // A server may find the same thing twice: once as an object, once as a custom resource.
      const cause = { reason: 'FieldValueForbidden', message, field: 'metadata.finalizers' };
      expect(added.body.details.causes).toContainEqual(cause);
      expect(new Set(added.body.details.causes.map((one: object) => JSON.stringify(one))).size).toBe(1);
    });

    it('keeps its deletion timestamp whatever a writer says', async () => {
      await held('unstoppable');
      const { body } = await api.delete(`${collection}/unstoppable`);
      const { deletionTimestamp, deletionGracePeriodSeconds: _, ...metadata } = body.metadata;
      const answer = await api.put(`${collection}/unstoppable`, { ...body, metadata });
      expect(answer.status).toBe(200);
      expect(answer.body.metadata.deletionTimestamp).toBe(deletionTimestamp);
    });

    it('is no place for a second one of its name', async () => {
      await held('occupied');
      await api.delete(`${collection}/occupied`);
      const answer = await api.post(collection, assigned('occupied'));
      expectFailure(answer, {
        code: 409,
        reason: 'AlreadyExists',
        message: `object is being deleted: azureassignedidentities.${group} "occupied" already exists`,
        details: { name: 'occupied', group, kind: 'azureassignedidentities' },
      });
    });
  });

  it('a finalizer must be a qualified name', async () => {
    const object = configMap('unqualified');
    object.metadata['finalizers'] = ['hold'];
    const answer = await api.post(core('configmaps', namespace), object);
    expect(answer.status).toBe(422);
    expect(answer.body.details.causes[0]).toMatchObject({
      reason: 'FieldValueInvalid',
      field: 'metadata.finalizers[0]',
    });
  });

  describe('a precondition', () => {
    it('on the uid holds or refuses', async () => {
      const created = await api.created(collection, assigned('by-uid'));
      const uid = '00000000-0000-0000-0000-000000000000';
      const options = (value: string): object => ({
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid: value },
      });
      expectFailure(await api.delete(`${collection}/by-uid`, options(uid)), {
        code: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on AzureAssignedIdentity.${group} "by-uid": the UID in the precondition (${uid}) does not match the UID in record (${created.metadata.uid}). The object might have been deleted and then recreated`,
        details: { name: 'by-uid', group, kind: 'AzureAssignedIdentity' },
      });
      expect((await api.delete(`${collection}/by-uid`, options(created.metadata.uid))).status).toBe(200);
    });

    it('on the resource version holds or refuses', async () => {
      const created = await api.created(collection, assigned('by-version'));
      const { resourceVersion } = created.metadata;
      expectFailure(
        await api.delete(`${collection}/by-version`, { preconditions: { resourceVersion: '1' } }),
        {
          code: 409,
          reason: 'Conflict',
          message: `Operation cannot be fulfilled on AzureAssignedIdentity.${group} "by-version": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
          details: { name: 'by-version', group, kind: 'AzureAssignedIdentity' },
        },
      );
      const held = await api.delete(`${collection}/by-version`, { preconditions: { resourceVersion } });
      expect(held.status).toBe(200);
    });
  });

  it('a propagation policy is accepted, in the body or the query', async () => {
    await api.created(core('configmaps', namespace), configMap('one'));
    await api.created(core('configmaps', namespace), configMap('two'));
    const inBody = await api.delete(core('configmaps', namespace, 'one'), {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: 'Background',
    });
    const inQuery = await api.delete(`${core('configmaps', namespace, 'two')}?propagationPolicy=Background`);
    expect([inBody.status, inQuery.status]).toEqual([200, 200]);
    expect((await api.get(core('configmaps', namespace, 'one'))).status).toBe(404);
  });

  describe('a pod', () => {
    it('on a node is given time, and is gone at once without', async () => {
      const path = core('pods', namespace);
      await api.created(path, pod('graceful', { node: 'node-a' }));
      const answer = await api.delete(`${path}/graceful`);
      expect(answer.status).toBe(200);
      expect(answer.body.kind).toBe('Pod');
      expect(answer.body.metadata.deletionGracePeriodSeconds).toBe(30);
      const shown = (await api.get(`${path}/graceful`)).body;
      expect(shown.metadata.deletionTimestamp).toBe(answer.body.metadata.deletionTimestamp);
      const ahead =
        Date.parse(shown.metadata.deletionTimestamp) - Date.parse(shown.metadata.creationTimestamp);
      expect(ahead).toBeGreaterThanOrEqual(30_000);

      const forced = await api.delete(`${path}/graceful`, { gracePeriodSeconds: 0 });
      expect(forced.status).toBe(200);
      expect((await api.get(`${path}/graceful`)).status).toBe(404);
    });

    it('takes the grace that a deletion names', async () => {
      const path = core('pods', namespace);
      await api.created(path, pod('short', { node: 'node-a' }));
      const answer = await api.delete(`${path}/short?gracePeriodSeconds=5`);
      expect(answer.body.metadata.deletionGracePeriodSeconds).toBe(5);
    });

    it('on no node is gone at once', async () => {
      const path = core('pods', namespace);
      await api.created(path, pod('homeless'));
      const answer = await api.delete(`${path}/homeless`);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ kind: 'Pod', metadata: { name: 'homeless' } });
      expect((await api.get(`${path}/homeless`)).status).toBe(404);
    });
  });
}
