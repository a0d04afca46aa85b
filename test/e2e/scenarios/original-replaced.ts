import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { askOnce } from '../clients.js';
import type { Scenario } from '../scenario.js';
import type { ClusterObject } from '../world/cluster.js';
import { root as repository } from '../../docs/markdown-page.js';
import { documentedCommands } from '../world/documented-commands.js';
import { rolledOut } from '../world/rollout.js';
import type { World } from '../world/world.js';
import { grant } from './grant.js';
import { originalDefinitions } from './original-cluster.js';
import { originalRuns, workloadsOf } from './original-release.js';
import { plainNames, takeOff } from './plain-manifests.js';

const release = join('test', 'take-over', 'release.yaml');

export const originalReplaced: Scenario = {
  name: 'the plain manifests, applied over those of the original, take their place with their rights, and give it back',
  nothingInstalled: true,
  run: async (world) => {
    const { cluster, kubectl } = world;
    const folder = repository;
    await originalDefinitions(world);
    await kubectl(['create', '-f', release], { folder });
    await rolledOut(cluster, plainNames);
    await originalRuns(world, plainNames);
    const workloads = await workloadsOf(world, plainNames);
    const identity = await grant(world, { namespace: 'replaced', name: 'replaced' });

    for (const command of documentedCommands('deploy/README.md', 'With kubectl'))
      await kubectl(command, { folder });
    await rolledOut(cluster, plainNames);
    assert.deepEqual(await workloadsOf(world, plainNames), workloads, 'they are replaced in place');
    await isAsIn(world, join('deploy', 'infra', 'deployment-rbac.yaml'));
    // The original's lock has to run out before.
    const answer = await askOnce(
      world,
      { namespace: 'replaced', name: 'asks', binding: 'replaced' },
      { withinMs: 120_000 },
    );
    assert.deepEqual([answer.status, answer.appid], [200, identity.clientId], JSON.stringify(answer));

    for (const command of documentedCommands('docs/take-over.md', 'Back'))
      await kubectl(
        command.map((word) => (word === 'ORIGINAL.yaml' ? release : word)),
        { folder },
      );
    await rolledOut(cluster, plainNames);
    assert.deepEqual(await workloadsOf(world, plainNames), workloads, 'they are the original’s again');
    await isAsIn(world, release);
    await originalRuns(world, plainNames);

    await kubectl(['apply', '-f', 'deploy/infra/deployment-rbac.yaml'], { folder });
    await rolledOut(cluster, plainNames);
    await cluster.deleteAndWait('Namespace', { name: 'replaced' }, {}, { withinMs: 120_000 });
    await takeOff(world, folder);
  },
};

interface Described extends ClusterObject {
  readonly rules?: readonly object[];
  readonly subjects?: readonly object[];
  readonly spec?: {
    readonly template?: {
      readonly spec: { readonly containers: readonly { readonly [field: string]: unknown }[] };
    };
  };
}

/** Holds that the rights and programs of a manifest are in force as they stand there, with nothing left of another one's. */
async function isAsIn({ cluster }: World, file: string): Promise<void> {
  const documents = parseAllDocuments(await readFile(join(repository, file), 'utf8'));
  for (const wanted of documents.map((one) => one.toJS() as Described | null)) {
    if (wanted === null) continue;
    const { kind, metadata } = wanted;
    const what = `${kind ?? ''} ${metadata.name} of ${file}`;
    if (kind === 'ClusterRole' || kind === 'ClusterRoleBinding')
      assert.deepEqual(rights(await cluster.get<Described>(kind, metadata)), rights(wanted), what);
    else if (kind === 'Deployment' || kind === 'DaemonSet')
      assert.deepEqual(program(await cluster.get<Described>(kind, metadata)), program(wanted), what);
  }
}

function rights(object: Described | undefined): object {
  const rules = object?.rules?.map((rule) =>
    Object.fromEntries(
      Object.entries(rule).map(([key, words]) => [key, [...(words as readonly string[])].sort()]),
    ),
  );
  return { rules, subjects: object?.subjects };
}

function program(object: Described | undefined): object {
  const [container] = object?.spec?.template?.spec.containers ?? [];
  const { image, args } = container ?? {};
  const { capabilities } = (container?.['securityContext'] ?? {}) as { readonly capabilities?: object };
  return { image, args, capabilities };
}
