import { computeResourceKey } from '@aad-pod-identity/core';
import { createLogger } from '@aad-pod-identity/program';
import { readResourceIdentities, type Grant } from '@aad-pod-identity/matcher';
import { describe, expect, it } from 'vitest';
import { RunLog } from './run-log.js';
import { FakeCluster } from './testing/fake-cluster.js';
import { binding, idOf, identity, pod, scaleSet, vm } from './testing/objects.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const pool = scaleSet('pool');
const key = computeResourceKey(pool);

function setUp(verbosity = 0) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): unknown => lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = createLogger({ program: 'mic', format: 'json', verbosity, write });
  const runs = new RunLog({ log, random: Math.random, resourceOfNode: () => pool });
  const fake = new FakeCluster(() => undefined);
  const compute = runs.compute({
    get: async () => ({ ok: true, identities: readResourceIdentities({}) }),
    patch: async (resource) =>
      resource.name === 'pool'
        ? { ok: true, identities: readResourceIdentities({}) }
        : { ok: false, failure: { kind: 'conflict', message: 'busy' } },
  });
  return { lines, runs, compute, cluster: runs.cluster(fake) };
}

const input = (name: string) => ({
  namespace: 'default',
  name: `${name}-default-app`,
  spec: {
    azureIdentityRef: identity('app'),
    azureBindingRef: binding('app', 'app', 'app'),
    pod: name,
    podNamespace: 'default',
    nodeName: 'pool-0',
  },
  annotations: {},
  status: 'Created' as const,
});
const signal = new AbortController().signal;

describe('RunLog', () => {
  it('tells of a run in one line, with counts, however many pods it was about', async () => {
    const { lines, runs, compute, cluster } = setUp();
    await runs.during(key, async () => {
      const made = await Promise.all(
        Array.from({ length: 3_000 }, (_, at) => cluster.create(input(`p${at}`))),
      );
      const userAssignedIdentities = { [idOf('app')]: {}, [idOf('old')]: null };
      await compute.patch(pool, { type: 'UserAssigned', userAssignedIdentities }, [idOf('app')], signal);
      for (const assigned of made) await cluster.update(assigned, { status: 'Assigned' });
    });
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.any(String) as string,
        program: 'mic',
        run: expect.stringMatching(uuid) as string,
        resource: key,
        attached: 1,
        detached: 1,
        created: 3_000,
        assigned: 3_000,
        reopened: 0,
        unassigned: 0,
        removed: 0,
        msg: 'identities and assignments changed',
      },
    ]);
  });

  it('says nothing of a run that changed nothing, also where Azure refused', async () => {
    const { lines, runs, compute, cluster } = setUp();
    const outcome = await runs.during(key, async () => {
      await cluster.find('default', 'x');
      return compute.patch(vm('v'), { type: 'None' }, [], signal);
    });
    expect([outcome.ok, lines]).toEqual([false, []]);
  });

  it('counts what is taken away, and what is opened again', async () => {
    const { lines, runs, cluster } = setUp();
    const assigned = await cluster.update(await cluster.create(input('p')), { status: 'Assigned' });
    const other = await cluster.update(await cluster.create(input('q')), { status: 'Assigned' });
    await runs.during(key, async () => {
      await cluster.update(other, { status: 'Created' });
      await cluster.remove(await cluster.update(assigned, { status: 'Unassigned' }));
    });
    expect(lines).toMatchObject([{ reopened: 1, unassigned: 1, removed: 1, created: 0, assigned: 0 }]);
  });

  it('tells of an identity in quarantine once for each run, with its name and why', async () => {
    const { lines, runs } = setUp();
    await runs.during(key, async () => {
      for (const name of ['a', 'b']) {
        const grant = {
          pod: pod(name, 'app', 'pool-0'),
          identity: identity('app'),
          binding: binding('b', 'app', 'app'),
        };
        runs.quarantined(grant as Grant, 'no role');
      }
    });
    expect(lines).toMatchObject([
      { level: 'warn', resource: key, identity: 'default/app', msg: 'quarantined: no role' },
    ]);
  });

  it('gives the requests of a run its ID, and each one of its own', async () => {
    const { runs } = setUp();
    const inside = await runs.during(key, async () => [runs.requestIds(pool), runs.requestIds(pool)]);
    for (const { request, run } of inside) for (const id of [request, run]) expect(id).toMatch(uuid);
    expect(inside[0]?.run).toBe(inside[1]?.run);
    expect(inside[0]?.request).not.toBe(inside[1]?.request);
    expect(runs.requestIds(pool)).toEqual({ request: expect.stringMatching(uuid) as string });
    expect((await runs.during(key, async () => runs.requestIds(vm('v')))).run).toBeUndefined();
  });

  it('remembers which run failed', async () => {
    const { runs } = setUp();
    const failure = new Error('no');
    let id: string | undefined;
    await runs
      .during(key, async () => {
        id = runs.requestIds(pool).run;
        throw failure;
      })
      .catch(() => undefined);
    expect([runs.idOfFailed(failure), runs.idOfFailed(new Error('no'))]).toEqual([id, undefined]);
  });

  it('names each object at the level of debugging', async () => {
    const { lines, runs, cluster } = setUp(5);
    await runs.during(key, async () => void (await cluster.create(input('p'))));
    expect(lines[0]).toMatchObject({
      level: 'debug',
      msg: 'created',
      object: 'default/p-default-app',
      pod: 'default/p',
      identity: 'default/app',
      binding: 'default/app',
      node: 'pool-0',
      run: lines[1]?.['run'],
    });
  });
});
