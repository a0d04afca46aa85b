import { beforeAll, describe, expect, it } from 'vitest';
import { type Api } from '../harness/api.js';
import { expectFailure, names, stable } from '../harness/expectations.js';
import {
  apiVersion,
  assigned,
  configMap,
  core,
  custom,
  exception,
  group,
  identity,
  leases,
  pod,
} from '../harness/objects.js';

/** Create, read, replace and delete of single objects, custom and built in. */
export function crud(api: Api): void {
  describe('custom resources', () => {
    let namespace: string;
    beforeAll(async () => {
      namespace = await api.namespace();
    });

    it('are created in the namespace of the path, at generation 1', async () => {
      const sent = identity('created', { labels: { team: 'a' } });
      const answer = await api.post(custom('azureidentities', namespace), sent);
      expect(answer.status).toBe(201);
      expect(answer.headers['content-type']).toBe('application/json');
      expect(stable(answer.body)).toEqual({
        ...sent,
        metadata: { name: 'created', namespace, labels: { team: 'a' }, generation: 1 },
      });
    });

    it('read back as they were answered', async () => {
      const created = await api.created(custom('azureassignedidentities', namespace), assigned('read'));
      const answer = await api.get(custom('azureassignedidentities', namespace, 'read'));
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual(created);
    });

    it('list with kind and version in every item', async () => {
      const created = await api.created(
        custom('azurepodidentityexceptions', namespace),
        exception('listed', { app: 'mic' }),
      );
      const answer = await api.get(custom('azurepodidentityexceptions', namespace));
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        apiVersion,
        kind: 'AzurePodIdentityExceptionList',
        metadata: { continue: '', resourceVersion: expect.stringMatching(/^\d+$/) },
        items: [created],
      });
      expect(Number(answer.body.metadata.resourceVersion)).toBeGreaterThanOrEqual(
        Number(created.metadata.resourceVersion),
      );
    });

    it('list over all namespaces in order of namespace and name', async () => {
      const [first, second] = [await api.namespace(), await api.namespace()].sort() as [string, string];
      const labels = { everywhere: first };
      for (const [where, name] of [
        [second, 'a'],
        [first, 'c'],
        [first, 'b'],
      ] as const) {
        await api.created(custom('azureidentities', where), identity(name, { labels }));
      }
      const answer = await api.get(`${custom('azureidentities')}?labelSelector=everywhere%3D${first}`);
      expect(names(answer)).toEqual(['b', 'c', 'a']);
    });

    it('get a random suffix behind generateName', async () => {
      const object = { ...identity('x'), metadata: { generateName: 'some-' } };
      const answer = await api.post(custom('azureidentities', namespace), object);
      expect(answer.status).toBe(201);
      expect(answer.body.metadata.name).toMatch(/^some-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      expect(answer.body.metadata.generateName).toBe('some-');
    });

    it('are not created twice', async () => {
      await api.created(custom('azureidentities', namespace), identity('twice'));
      expectFailure(await api.post(custom('azureidentities', namespace), identity('twice')), {
        code: 409,
        reason: 'AlreadyExists',
        message: `azureidentities.${group} "twice" already exists`,
        details: { name: 'twice', group, kind: 'azureidentities' },
      });
    });

    it('are replaced: a new spec counts the generation up, a label does not', async () => {
      const url = custom('azureidentities', namespace, 'replaced');
      const created = await api.created(custom('azureidentities', namespace), identity('replaced'));
      const newSpec = await api.put(url, { ...created, spec: { ...created.spec, clientID: 'other' } });
      expect(newSpec.status).toBe(200);
      expect(newSpec.body.spec.clientID).toBe('other');
      expect(newSpec.body.metadata.generation).toBe(2);
      expect(newSpec.body.metadata.uid).toBe(created.metadata.uid);
      expect(newSpec.body.metadata.creationTimestamp).toBe(created.metadata.creationTimestamp);

      const metadata = { ...newSpec.body.metadata, labels: { a: 'b' } };
      const newLabel = await api.put(url, { ...newSpec.body, metadata });
      expect(newLabel.body.metadata.labels).toEqual({ a: 'b' });
      expect(newLabel.body.metadata.generation).toBe(2);
      expect(Number(newLabel.body.metadata.resourceVersion)).toBeGreaterThan(
        Number(newSpec.body.metadata.resourceVersion),
      );
    });

    it('keep their resource version when a replacement changes nothing', async () => {
      const created = await api.created(custom('azureidentities', namespace), identity('same'));
      const answer = await api.put(custom('azureidentities', namespace, 'same'), created);
      expect(answer.status).toBe(200);
      expect(answer.body.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
    });

    it('keep uid, creation time and generation whatever a writer says', async () => {
      const created = await api.created(custom('azureidentities', namespace), identity('immutable'));
      const metadata = { ...created.metadata, creationTimestamp: '2001-01-01T00:00:00Z', generation: 77 };
      const answer = await api.put(custom('azureidentities', namespace, 'immutable'), {
        ...created,
        metadata,
      });
      expect(answer.status).toBe(200);
      expect(answer.body.metadata.creationTimestamp).toBe(created.metadata.creationTimestamp);
      expect(answer.body.metadata.generation).toBe(1);
    });

    it('are not replaced from an old resource version', async () => {
      const url = custom('azureidentities', namespace, 'stale');
      const created = await api.created(custom('azureidentities', namespace), identity('stale'));
      await api.put(url, { ...created, spec: { ...created.spec, clientID: 'other' } });
      expectFailure(await api.put(url, created), {
        code: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on azureidentities.${group} "stale": the object has been modified; please apply your changes to the latest version and try again`,
        details: { name: 'stale', group, kind: 'azureidentities' },
      });
    });

    it('are not replaced by an object with another uid', async () => {
      const created = await api.created(custom('azureidentities', namespace), identity('other-uid'));
      const uid = '00000000-0000-0000-0000-000000000000';
      const url = custom('azureidentities', namespace, 'other-uid');
      const answer = await api.put(url, { ...created, metadata: { ...created.metadata, uid } });
      expect(answer.status).toBe(409);
      expect(answer.body.reason).toBe('Conflict');
      // Between the two stands the name of a key in etcd.
      expect(answer.body.message).toMatch(
        `Operation cannot be fulfilled on azureidentities.${group} "other-uid": `,
      );
      expect(answer.body.message).toMatch(
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${created.metadata.uid}`,
      );
    });

    it('are not replaced without a resource version', async () => {
      await api.created(custom('azureidentities', namespace), identity('no-version'));
      const answer = await api.put(
        custom('azureidentities', namespace, 'no-version'),
        identity('no-version'),
      );
      expectFailure(answer, {
        code: 422,
        reason: 'Invalid',
        message: `azureidentities.${group} "no-version" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update`,
        details: {
          name: 'no-version',
          group,
          kind: 'azureidentities',
          causes: [
            {
              reason: 'FieldValueInvalid',
              message: 'Invalid value: 0x0: must be specified for an update',
              field: 'metadata.resourceVersion',
            },
          ],
        },
      });
    });

    it('are not made by a replacement', async () => {
      expectFailure(await api.put(custom('azureidentities', namespace, 'nowhere'), identity('nowhere')), {
        code: 404,
        reason: 'NotFound',
        message: `azureidentities.${group} "nowhere" not found`,
        details: { name: 'nowhere', group, kind: 'azureidentities' },
      });
    });

    it('are deleted with a Status that names them', async () => {
      const created = await api.created(custom('azureidentities', namespace), identity('deleted'));
      const url = custom('azureidentities', namespace, 'deleted');
      const answer = await api.delete(url);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'deleted', group, kind: 'azureidentities', uid: created.metadata.uid },
      });
      expect((await api.get(url)).status).toBe(404);
      expect((await api.delete(url)).status).toBe(404);
    });
  });

  describe('built-in resources', () => {
    let namespace: string;
    beforeAll(async () => {
      namespace = await api.namespace();
    });

    it('list without kind and version in the items', async () => {
      await api.created(core('configmaps', namespace), configMap('listed', { data: { key: 'value' } }));
      const answer = await api.get(core('configmaps', namespace));
      expect(answer.body.kind).toBe('ConfigMapList');
      expect(answer.body.apiVersion).toBe('v1');
      expect(Object.keys(answer.body.metadata)).toEqual(['resourceVersion']);
      const item = answer.body.items.find(
        (one: { metadata: { name: string } }) => one.metadata.name === 'listed',
      );
      expect(stable(item)).toEqual({ metadata: { name: 'listed', namespace }, data: { key: 'value' } });
    });

    it('are answered with kind and version, whether the writer gave them or not', async () => {
      const answer = await api.post(core('configmaps', namespace), { metadata: { name: 'bare' } });
      expect(answer.status).toBe(201);
      expect(stable(answer.body)).toEqual({
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { name: 'bare', namespace },
      });
    });

    it('are taken in protobuf, as kubectl create sends them, and answered in JSON', async () => {
      const type = Buffer.concat([field(1, 'v1'), field(2, 'ConfigMap')]);
      const metadata = Buffer.concat([field(1, 'from-kubectl'), field(3, namespace)]);
      const entry = Buffer.concat([field(1, 'key'), field(2, 'value')]);
      const object = Buffer.concat([field(1, metadata), field(2, entry)]);
      const body = Buffer.concat([Buffer.from('k8s\0'), field(1, type), field(2, object)]);
      const answer = await api.post(core('configmaps', namespace), body, {
        contentType: 'application/vnd.kubernetes.protobuf',
        accept: 'application/json',
      });
      expect(answer.status).toBe(201);
      expect(stable(answer.body)).toEqual({
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { name: 'from-kubectl', namespace },
        data: { key: 'value' },
      });
    });

    it('name no group in their errors', async () => {
      await api.created(core('configmaps', namespace), configMap('twice'));
      expectFailure(await api.post(core('configmaps', namespace), configMap('twice')), {
        code: 409,
        reason: 'AlreadyExists',
        message: 'configmaps "twice" already exists',
        details: { name: 'twice', kind: 'configmaps' },
      });
    });

    it('may be replaced without a resource version', async () => {
      await api.created(core('configmaps', namespace), configMap('unconditional'));
      const url = core('configmaps', namespace, 'unconditional');
      const answer = await api.put(url, configMap('unconditional', { data: { a: '1' } }));
      expect(answer.status).toBe(200);
      expect(answer.body.data).toEqual({ a: '1' });
    });

    it('of kind Secret keep data, take stringData, and are Opaque unless they say otherwise', async () => {
      const secret = { metadata: { name: 'password' }, stringData: { clientSecret: 's3cret' } };
      const answer = await api.post(core('secrets', namespace), secret);
      expect(answer.status).toBe(201);
      expect(stable(answer.body)).toEqual({
        kind: 'Secret',
        apiVersion: 'v1',
        metadata: { name: 'password', namespace },
        data: { clientSecret: Buffer.from('s3cret').toString('base64') },
        type: 'Opaque',
      });
    });

    it('of kind Namespace begin Active, carry their name as a label, and hold the finalizer kubernetes', async () => {
      const answer = await api.get(core('namespaces', undefined, namespace));
      expect(answer.status).toBe(200);
      expect(stable(answer.body)).toEqual({
        kind: 'Namespace',
        apiVersion: 'v1',
        metadata: {
          name: namespace,
          generateName: 'conformance-',
          labels: { 'kubernetes.io/metadata.name': namespace },
        },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
    });

    it('of kind Pod begin Pending, and run as the service account default', async () => {
      const answer = await api.post(
        core('pods', namespace),
        pod('web-0', { node: 'node-a', labels: { app: 'web' } }),
      );
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: { name: 'web-0', namespace, labels: { app: 'web' } },
        spec: {
          nodeName: 'node-a',
          serviceAccountName: 'default',
          restartPolicy: 'Always',
          terminationGracePeriodSeconds: 30,
          containers: [{ name: 'main', image: 'example.com/app:1', imagePullPolicy: 'IfNotPresent' }],
        },
        status: { phase: 'Pending' },
      });
    });

    it('of kind Pod take a service account only if it exists', async () => {
      const object = pod('no-account');
      Object.assign(object['spec'] as object, { serviceAccountName: 'nobody' });
      expectFailure(await api.post(core('pods', namespace), object), {
        code: 403,
        reason: 'Forbidden',
        message: `pods "no-account" is forbidden: error looking up service account ${namespace}/nobody: serviceaccount "nobody" not found`,
        details: { name: 'no-account', kind: 'pods' },
      });
    });

    it('of kind Node are of no namespace and keep their providerID', async () => {
      const providerID = `azure:///subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/${namespace}`;
      const node = { metadata: { name: namespace }, spec: { providerID } };
      const created = await api.post(core('nodes'), node);
      expect(created.status).toBe(201);
      expect(created.body).toMatchObject({
        kind: 'Node',
        metadata: { name: namespace },
        spec: { providerID },
      });
      expect(created.body.metadata).not.toHaveProperty('namespace');
      const deleted = await api.delete(core('nodes', undefined, namespace));
      expect(deleted.status).toBe(200);
      expect(deleted.body.details).toEqual({
        name: namespace,
        kind: 'nodes',
        uid: created.body.metadata.uid,
      });
    });

    it('of kind ServiceAccount are created, read and deleted', async () => {
      const answer = await api.post(core('serviceaccounts', namespace), { metadata: { name: 'nmi' } });
      expect(answer.status).toBe(201);
      expect(stable(answer.body)).toEqual({
        kind: 'ServiceAccount',
        apiVersion: 'v1',
        metadata: { name: 'nmi', namespace },
      });
      const deleted = await api.delete(core('serviceaccounts', namespace, 'nmi'));
      expect(deleted.status).toBe(200);
    });
  });

  describe('leases', () => {
    let namespace: string;
    beforeAll(async () => {
      namespace = await api.namespace();
    });
    const lease = (name: string, holderIdentity: string): object => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name },
      spec: {
        holderIdentity,
        leaseDurationSeconds: 15,
        acquireTime: '2026-01-01T00:00:00.000000Z',
        renewTime: '2026-01-01T00:00:01.123456Z',
        leaseTransitions: 0,
      },
    });

    it('keep their times to the microsecond', async () => {
      const answer = await api.post(leases(namespace), lease('times', 'a'));
      expect(answer.status).toBe(201);
      expect(stable(answer.body)).toEqual({ ...lease('times', 'a'), metadata: { name: 'times', namespace } });
    });

    it('go to one of two that renew from the same version', async () => {
      const created = await api.created(leases(namespace), lease('race', 'a'));
      const url = leases(namespace, 'race');
      const won = await api.put(url, {
        ...created,
        spec: { ...created.spec, holderIdentity: 'b', leaseTransitions: 1 },
      });
      expect(won.status).toBe(200);
      expect(won.body.spec.holderIdentity).toBe('b');
      expectFailure(await api.put(url, { ...created, spec: { ...created.spec, holderIdentity: 'c' } }), {
        code: 409,
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on leases.coordination.k8s.io "race": the object has been modified; please apply your changes to the latest version and try again',
        details: { name: 'race', group: 'coordination.k8s.io', kind: 'leases' },
      });
    });

    it('are not taken without a resource version', async () => {
      await api.created(leases(namespace), lease('guarded', 'a'));
      const answer = await api.put(leases(namespace, 'guarded'), lease('guarded', 'b'));
      expect(answer.status).toBe(422);
      expect(answer.body.details.causes).toEqual([
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: 0x0: must be specified for an update',
          field: 'metadata.resourceVersion',
        },
      ]);
    });
  });

  describe('dryRun=All', () => {
    it('answers as if it had been done, and stores nothing', async () => {
      const namespace = await api.namespace();
      const collection = custom('azureidentities', namespace);
      const created = await api.post(`${collection}?dryRun=All`, identity('imagined'));
      expect(created.status).toBe(201);
      expect(created.body.metadata).toMatchObject({ name: 'imagined', namespace, generation: 1 });
      expect((await api.get(`${collection}/imagined`)).status).toBe(404);

      const real = await api.created(collection, identity('real'));
      const replaced = await api.put(`${collection}/real?dryRun=All`, {
        ...real,
        spec: { ...real.spec, clientID: 'other' },
      });
      expect(replaced.status).toBe(200);
      expect(replaced.body.spec.clientID).toBe('other');
      expect((await api.delete(`${collection}/real?dryRun=All`)).status).toBe(200);
      expect((await api.get(`${collection}/real`)).body).toEqual(real);
    });

    it('is refused with another value', async () => {
      const namespace = await api.namespace();
      const answer = await api.post(`${custom('azureidentities', namespace)}?dryRun=Some`, identity('x'));
      expect(answer.status).toBe(422);
      expect(answer.body.reason).toBe('Invalid');
      expect(answer.body.message).toBe(
        'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: []string{"Some"}: supported values: "All"',
      );
    });
  });
}

/** A short field of a protobuf message. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}
