import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Api, mergePatch } from '../harness/api.js';
import {
  apiVersion,
  assigned,
  binding,
  configMap,
  core,
  custom,
  exception,
  identity,
  leases,
  pod,
  resourceId,
} from '../harness/objects.js';

const asTable = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** What `kubectl get` shows: tables that the server fills. */
export function tables(api: Api): void {
  let namespace: string;
  beforeAll(async () => {
    namespace = await api.namespace();
  });

  const table = async (path: string): Promise<Answer['body']> => {
    const answer = await api.get(path, { accept: asTable });
    expect(answer.status).toBe(200);
    expect(answer.body.kind).toBe('Table');
    expect(answer.body.apiVersion).toBe('meta.k8s.io/v1');
    return answer.body;
  };
  interface Column {
    name: string;
    type: string;
    priority: number;
  }
  /** Columns of `kubectl get`, then behind `|` those that only `-o wide` shows. */
  const head = (body: { columnDefinitions: Column[] }): string => {
    const shown = (wide: boolean): string[] =>
      body.columnDefinitions.filter(({ priority }) => priority > 0 === wide).map(({ name }) => name);
    return [shown(false), shown(true)].map((columns) => columns.join(',')).join('|');
  };
  const cells = (body: { rows: { cells: unknown[] }[] }): unknown[][] => body.rows.map((row) => row.cells);
  const age = expect.stringMatching(/^\d+(s|m|m\d+s)$/);

  describe('of custom resources', () => {
    it('AzureIdentity', async () => {
      await api.created(custom('azureidentities', namespace), identity('reader', { spec: { type: 1 } }));
      const body = await table(custom('azureidentities', namespace));
      expect(head(body)).toBe('Name,TYPE,CLIENTID,AGE,READY,REASON|RESOURCEID');
      expect(cells(body)).toEqual([
        ['reader', 1, '11111111-1111-1111-1111-111111111111', `${resourceId}reader`, age, null, null],
      ]);
    });

    it('AzureIdentityBinding', async () => {
      await api.created(custom('azureidentitybindings', namespace), binding('web'));
      const body = await table(custom('azureidentitybindings', namespace));
      expect(head(body)).toBe('Name,AZUREIDENTITY,SELECTOR,AGE,READY,REASON|WEIGHT');
      expect(cells(body)).toEqual([['web', 'reader', 'web', null, age, null, null]]);
    });

    it('AzureAssignedIdentity', async () => {
      const collection = custom('azureassignedidentities', namespace);
      await api.created(collection, assigned('web-0-reader', 'node-a', namespace));
      await api.patch(`${collection}/web-0-reader`, mergePatch, { status: { status: 'Assigned' } });
      const body = await table(collection);
      expect(head(body)).toBe('Name,POD,PODNAMESPACE,IDENTITY,NODE,STATUS|REASON,AGE');
      expect(cells(body)).toEqual([
        ['web-0-reader', 'web-0', namespace, 'reader', 'node-a', 'Assigned', null, age],
      ]);
    });

    it('AzurePodIdentityException, with its labels in one cell', async () => {
      await api.created(custom('azurepodidentityexceptions', namespace), exception('mic', { app: 'mic' }));
      const body = await table(custom('azurepodidentityexceptions', namespace));
      expect(head(body)).toBe('Name,PODLABELS,AGE|');
      expect(cells(body)).toEqual([['mic', '{"app":"mic"}', age]]);
    });

    it('show null for what an object lacks', async () => {
      await api.created(custom('azureidentities', namespace), { ...identity('bare'), spec: {} });
      const body = await table(custom('azureidentities', namespace, 'bare'));
      expect(cells(body)).toEqual([['bare', null, null, null, age, null, null]]);
    });

    it('show the condition Ready that a JSONPath filter finds', async () => {
      const path = custom('azureidentities', namespace, 'judged');
      await api.created(custom('azureidentities', namespace), identity('judged'));
      const ready = { type: 'Ready', status: 'False', reason: 'RefusedByAzure' };
      const foreign = { type: 'Audited', status: 'True', reason: 'Fine' };
      const conditions = [foreign, ready].map((condition) => ({
        ...condition,
        message: 'm',
        observedGeneration: 1,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      }));
      const written = await api.patch(`${path}/status`, mergePatch, { status: { conditions } });
      expect([written.status, written.body.status.conditions]).toEqual([200, conditions]);
      expect(written.body.metadata.generation).toBe(1);
      const [row] = cells(await table(path));
      expect(row?.slice(-2)).toEqual(['False', 'RefusedByAzure']);
    });
  });

  describe('of built-in resources', () => {
    it('pods that wait, run and end', async () => {
      const path = core('pods', namespace);
      await api.created(path, pod('waits'));
      await api.created(path, pod('runs', { node: 'node-a' }));
      const containerStatus = {
        name: 'main',
        image: 'i',
        imageID: '',
        ready: true,
        restartCount: 2,
        state: { running: {} },
      };
      await api.patch(`${path}/runs/status`, mergePatch, {
        status: {
          phase: 'Running',
          podIP: '10.9.8.7',
          podIPs: [{ ip: '10.9.8.7' }],
          containerStatuses: [containerStatus],
        },
      });
      await api.created(path, pod('succeeded', { node: 'node-a' }));
      const terminated = {
        ...containerStatus,
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode: 0, reason: 'Completed' } },
      };
      await api.patch(`${path}/succeeded/status`, mergePatch, {
        status: { phase: 'Succeeded', containerStatuses: [terminated] },
      });
      await api.created(path, pod('terminates', { node: 'node-a' }));
      await api.delete(`${path}/terminates`);

      const body = await table(path);
      expect(head(body)).toBe('Name,Ready,Status,Restarts,Age|IP,Node,Nominated Node,Readiness Gates');
      const none = '<none>';
      expect(cells(body)).toEqual([
        ['runs', '1/1', 'Running', '2', age, '10.9.8.7', 'node-a', none, none],
        ['succeeded', '0/1', 'Completed', '0', age, none, 'node-a', none, none],
        ['terminates', '0/1', 'Terminating', '0', age, none, 'node-a', none, none],
        ['waits', '0/1', 'Pending', '0', age, none, none, none, none],
      ]);
    });

    it('nodes', async () => {
      const name = `node-${namespace}`;
      await api.created(core('nodes'), {
        metadata: { name, labels: { 'node-role.kubernetes.io/agent': '' } },
      });
      await api.patch(`${core('nodes', undefined, name)}/status`, mergePatch, {
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          addresses: [{ type: 'InternalIP', address: '10.0.0.4' }],
          nodeInfo: {
            kubeletVersion: 'v1.33.0',
            osImage: 'Linux',
            kernelVersion: '6.1',
            containerRuntimeVersion: 'containerd://2',
          },
        },
      });
      const body = await table(core('nodes', undefined, name));
      expect(head(body)).toBe(
        'Name,Status,Roles,Age,Version|Internal-IP,External-IP,OS-Image,Kernel-Version,Container-Runtime',
      );
      expect(cells(body)).toEqual([
        [name, 'Ready', 'agent', age, 'v1.33.0', '10.0.0.4', '<none>', 'Linux', '6.1', 'containerd://2'],
      ]);
      await api.delete(core('nodes', undefined, name));
    });

    it('namespaces, config maps, secrets, service accounts', async () => {
      const namespaces = await table(core('namespaces', undefined, namespace));
      expect(head(namespaces)).toBe('Name,Status,Age|');
      expect(cells(namespaces)).toEqual([[namespace, 'Active', age]]);

      await api.created(core('configmaps', namespace), configMap('two', { data: { a: '1', b: '2' } }));
      await api.created(core('endpoints', namespace), {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name: 'lock' },
      });
      const endpoints = await table(core('endpoints', namespace, 'lock'));
      expect(head(endpoints)).toBe('Name,Endpoints,Age|');
      expect(cells(endpoints)).toEqual([['lock', '<none>', age]]);
      const configMaps = await table(core('configmaps', namespace, 'two'));
      expect(head(configMaps)).toBe('Name,Data,Age|');
      expect(cells(configMaps)).toEqual([['two', 2, age]]);

      await api.created(core('secrets', namespace), {
        metadata: { name: 'password' },
        stringData: { clientSecret: 'x' },
      });
      const secrets = await table(core('secrets', namespace, 'password'));
      expect(head(secrets)).toBe('Name,Type,Data,Age|');
      expect(cells(secrets)).toEqual([['password', 'Opaque', 1, age]]);

      const accounts = await table(core('serviceaccounts', namespace, 'default'));
      expect(head(accounts)).toBe('Name,Secrets,Age|');
      expect(cells(accounts)).toEqual([['default', 0, age]]);
    });

    it('leases', async () => {
      await api.created(leases(namespace), { metadata: { name: 'held' }, spec: { holderIdentity: 'mic-0' } });
      const body = await table(leases(namespace));
      expect(head(body)).toBe('Name,Holder,Age|');
      expect(cells(body)).toEqual([['held', 'mic-0', age]]);
    });

    it('events', async () => {
      const minuteAgo = new Date(Date.now() - 60_000).toISOString().replace(/\.\d+Z/, 'Z');
      await api.created(core('events', namespace), {
        metadata: { name: 'web.1' },
        involvedObject: { apiVersion, kind: 'AzureIdentityBinding', namespace, name: 'web' },
        reason: 'binding applied',
        message: 'the binding was applied',
        source: { component: 'mic', host: 'node-a' },
        firstTimestamp: minuteAgo,
        lastTimestamp: minuteAgo,
        count: 3,
        type: 'Normal',
      });
      const body = await table(core('events', namespace));
      expect(head(body)).toBe('Last Seen,Type,Reason,Object,Message|Subobject,Source,First Seen,Count,Name');
      const seen = expect.stringMatching(/^(6\ds|7\ds)$/);
      expect(cells(body)).toEqual([
        [
          seen,
          'Normal',
          'binding applied',
          'azureidentitybinding/web',
          '',
          'mic, node-a',
          'the binding was applied',
          seen,
          3,
          'web.1',
        ],
      ]);
    });
  });

  it('carry the version of the list, and of each row the metadata', async () => {
    const path = core('configmaps', namespace);
    for (const name of ['a', 'b']) await api.created(path, configMap(name));
    const body = await table(`${path}?limit=1`);
    const plain = await api.get(`${path}?limit=1`);
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(0);
    expect(body.metadata.continue).toEqual(expect.any(String));
    const { metadata } = plain.body.items[0];
    expect(body.rows[0].object).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
    });
  });

  it('carry whole objects, or none, for who asks so', async () => {
    const path = custom('azureidentities', namespace, 'reader');
    const whole = await table(`${path}?includeObject=Object`);
    expect(whole.rows[0].object).toEqual((await api.get(path)).body);
    const none = await table(`${path}?includeObject=None`);
    expect(none.rows[0].object).toBeNull();
  });

  it('come one a row from a watch, the columns only with the first', async () => {
    const path = custom('azureidentitybindings', namespace);
    const { resourceVersion } = (await api.get(path)).body.metadata;
    await using stream = await api.watch(`${path}?resourceVersion=${resourceVersion}`, { accept: asTable });
    await api.created(path, binding('second'));
    await api.created(path, binding('third'));
    const [first, second] = await stream.take(2);
    expect([first!.type, second!.type]).toEqual(['ADDED', 'ADDED']);
    expect(head(first!.object)).toBe('Name,AZUREIDENTITY,SELECTOR,AGE,READY,REASON|WEIGHT');
    expect(cells(first!.object)).toEqual([['second', 'reader', 'web', null, age, null, null]]);
    expect(second!.object.columnDefinitions).toBeNull();
    expect(cells(second!.object)).toEqual([['third', 'reader', 'web', null, age, null, null]]);
  });

  it('errors stay what they are', async () => {
    const answer = await api.get(custom('azureidentities', namespace, 'none'), { accept: asTable });
    expect(answer.status).toBe(404);
    expect(answer.body.kind).toBe('Status');
  });

  it('406 where nothing that is accepted can be answered', async () => {
    const answer = await api.get(core('pods', namespace), {
      accept: 'application/json;as=Nothing;v=v1;g=meta.k8s.io',
    });
    expect(answer.status).toBe(406);
    expect(answer.body.reason).toBe('NotAcceptable');
  });
}
