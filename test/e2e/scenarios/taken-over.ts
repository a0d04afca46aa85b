import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Simulator } from '@aad-pod-identity/simulator';
import { parse } from 'yaml';
import { OriginalMic } from '../../take-over/original-mic.js';
import { askOnce } from '../clients.js';
import type { Scenario } from '../scenario.js';
import { eventually } from '../../eventually.js';
import type { ClusterObject } from '../world/cluster.js';
import type { Values } from '../world/installation.js';
import type { World } from '../world/world.js';
import { originalAzure, originalDefinitions, originalObjects } from './original-cluster.js';
import { originalRuns, workloadsOf } from './original-release.js';
import { removeDefinitions } from './uninstalled.js';

interface Assigned extends ClusterObject {
  readonly status?: { readonly status?: string };
}

const settled = [
  'frontend-5d4c-x2x8k-shop-web',
  'db-0-shop-db',
  'db-1-shop-db',
  'invoices-shop-billing',
  'veteran-default-web',
];
const gone = [
  'gone-jobs-old',
  'missed-jobs-lost',
  'nightly-28123-jobs-mail',
  'left-jobs-mail',
  'ghost-jobs-db',
  'half-jobs-old',
];

export const takenOver: Scenario = {
  name: 'helm upgrade over a release of the original, with its values file and its definitions; helm rollback gives all of it back',
  nothingInstalled: true,
  run: async (world) => {
    const { azure, cluster, installation } = world;
    await installation.uninstall();
    await removeDefinitions(world);
    await originalDefinitions(world);
    await originalAzure(world);
    const oldValues = await oldValuesFile();
    await installation.installOriginal(oldValues);
    await originalObjects(world);
    await originalRuns(world, installation);
    const workloads = await workloadsOf(world, installation);
    const versions = async (): Promise<Readonly<Record<string, string | undefined>>> =>
      Object.fromEntries(
        (await cluster.list('AzureAssignedIdentity'))
          .filter(({ metadata }) => settled.includes(metadata.name))
          .map(({ metadata }) => [metadata.name, metadata.resourceVersion]),
      );
    const before = await versions();
    assert.deepEqual(Object.keys(before).sort(), [...settled].sort());
    const updates = (): readonly string[] =>
      azure.computeUpdates('/').map(({ target }) => target.replace(/\?.*/, ''));
    const known = updates().length;
    await installation.install(withGracePeriod(oldValues, '0s'));
    assert.deepEqual(await workloadsOf(world, installation), workloads, 'they are replaced in place');

    await eventually(
      'what was interrupted to be finished',
      async () => {
        const found = await cluster.list<Assigned>('AzureAssignedIdentity');
        return (
          found.every(
            ({ status }) => status === undefined || status.status === 'Assigned' || status.status === '',
          ) && !found.some(({ metadata }) => gone.includes(metadata.name))
        );
      },
      { withinMs: 120_000 },
    );
    assert.deepEqual(azure.attached('vm-1'), ['mail', 'queue']);
    const done = updates().slice(known);
    assert.deepEqual(
      done.map((path) => path.split('/').at(-1)),
      ['vm-1'],
      'one update, of the machine on which something was left to do',
    );
    const answer = await askOnce(world, {
      namespace: 'shop',
      name: 'late',
      binding: 'db',
      node: 'pool000000',
    });
    assert.deepEqual(
      [answer.status, answer.appid],
      [200, '00000000-0000-4000-8000-0000000000bb'],
      JSON.stringify(answer),
    );
    await cluster.deleteAndWait('Pod', { namespace: 'shop', name: 'late' });
    await eventually(
      'its assignment to be gone',
      async () =>
        !(await cluster.list('AzureAssignedIdentity')).some(({ metadata }) =>
          metadata.name.startsWith('late-'),
        ),
    );
    assert.deepEqual(await versions(), before, 'what was settled is as it was');

    await installation.install({
      mic: { unassignGracePeriod: '0s', replicas: 0, podDisruptionBudget: null },
    });
    const plan = await planOfOriginal(world);
    // docs/take-over.md says what each of these costs.
    const reread = plan.update.filter((name) => name !== 'web-shop-eu-queue');
    assert.deepEqual(
      { ...plan, update: reread },
      {
        retry: [],
        create: ['nightly-28123-jobs-mail'],
        update: ['db-0-shop-db', 'veteran-default-web'],
        delete: ['web-shop-eu-queue-e94shmln8r'],
      },
    );
    await installation.rollback(1);
    assert.deepEqual(await workloadsOf(world, installation), workloads, 'they are the original’s again');
    await originalRuns(world, installation);
  },
};

async function oldValuesFile(): Promise<Values> {
  const file = join(import.meta.dirname, '..', '..', 'chart', 'original-defaults.yaml');
  return parse(await readFile(file, 'utf8')) as Values;
}

function withGracePeriod(values: Values, unassignGracePeriod: string): Values {
  return { ...values, mic: { ...(values['mic'] as Values), unassignGracePeriod } };
}

/** What the original would do next. */
async function planOfOriginal({ cluster }: World): Promise<ReturnType<OriginalMic['plan']>> {
  const group = 'aadpodidentity.k8s.io';
  const items: Readonly<Record<string, readonly ClusterObject[]>> = {
    pods: await cluster.list('Pod'),
    [`azureidentities.${group}`]: await cluster.list('AzureIdentity'),
    [`azureidentitybindings.${group}`]: await cluster.list('AzureIdentityBinding'),
    [`azureassignedidentities.${group}`]: await cluster.list('AzureAssignedIdentity'),
  };
  // As much of the simulator as it reads.
  const objects = { list: (resource: string) => ({ items: items[resource] ?? [] }) };
  return new OriginalMic({ kubernetes: { objects } } as unknown as Pick<Simulator, 'kubernetes'>).plan();
}
