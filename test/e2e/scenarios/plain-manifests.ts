import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scenario } from '../scenario.js';
import { eventually } from '../../eventually.js';
import type { ClusterObject } from '../world/cluster.js';
import { podLog } from '../world/containers-log.js';
import { root as repository } from '../../docs/markdown-page.js';
import { documentedCommands } from '../world/documented-commands.js';
import { rolledOut } from '../world/rollout.js';
import type { World } from '../world/world.js';
import { removeDefinitions } from './uninstalled.js';

/** What the plain manifests call their objects. */
export const plainNames = { namespace: 'default', mic: 'mic', nmi: 'nmi' } as const;

export const plainManifests: Scenario = {
  name: 'the lines of the README install it from plain manifests, with the demo; those of docs/uninstall.md take it off again',
  nothingInstalled: true,
  run: async (world) => {
    const { azure, cluster, installation, kubectl, logs, nodes } = world;
    await installation.uninstall();
    await removeDefinitions(world);
    const { clientId, id } = azure.identity('readme', { reads: true });
    azure.simulator.populate.virtualMachine({ name: 'listed-by-the-demo' });
    const { subscriptionId, resourceGroup } = azure.simulator;
    const folder = await filledIn(world, {
      RESOURCE_ID: id,
      CLIENT_ID: clientId,
      SUBSCRIPTION_ID: subscriptionId,
      RESOURCE_GROUP: resourceGroup,
    });
    for (const command of documentedCommands('README.md', 'Install it')) {
      assert.deepEqual(command.slice(0, 2), ['create', '-f'], command.join(' '));
      await kubectl(command, { folder });
    }
    await rolledOut(cluster, plainNames);
    await eventually(
      'the demo to list machines',
      async () => {
        const [demo] = await cluster.list('Pod', { namespace: 'default', labelSelector: 'app=demo' });
        if (demo === undefined) return false;
        const printed = await podLog(logs, { namespace: 'default', name: demo.metadata.name });
        return printed.includes('listed-by-the-demo');
      },
      { withinMs: 180_000 },
    );
    assert(azure.attached('pool').includes('readme'));

    // With a pod that still needs its identity.
    await takeOff(world, folder);
    assert(!azure.attached('pool').includes('readme'));
    for (const { name, network } of nodes.all)
      assert.doesNotMatch(await network.natRules(), /aad-metadata/, name);
    await cluster.deleteAndWait('Deployment', { namespace: 'default', name: 'demo' });
    await eventually(
      'the demo to be gone',
      async () =>
        (await cluster.list('Pod', { namespace: 'default', labelSelector: 'app=demo' })).length === 0,
    );
  },
};

/** What `docs/uninstall.md` says for kubectl; resolves when nothing of it runs, and no definition is left. */
export async function takeOff(world: World, folder: string): Promise<void> {
  const { cluster, kubectl } = world;
  for (const command of documentedCommands('docs/uninstall.md', 'With kubectl'))
    await kubectl(command, { folder });
  assert.deepEqual(await cluster.list('AzureAssignedIdentity'), []);
  await eventually('every pod of it to be gone', async () => (await programs(world)).length === 0);
  for (const command of documentedCommands('docs/uninstall.md', 'What stays'))
    await kubectl(command, { folder });
}

async function programs({ cluster }: World): Promise<readonly ClusterObject[]> {
  const found = await Promise.all(
    ['component=mic', 'component=nmi'].map((labelSelector) =>
      cluster.list('Pod', { namespace: 'default', labelSelector }),
    ),
  );
  return found.flat();
}

/** A copy of what the manifests' commands name, with what they say in capitals replaced; its folder. */
async function filledIn({ folder }: World, values: Readonly<Record<string, string>>): Promise<string> {
  const copy = join(folder, 'readme');
  await cp(join(repository, 'deploy'), join(copy, 'deploy'), { recursive: true });
  const demo = join(copy, 'deploy', 'demo');
  for (const file of await readdir(demo)) {
    const text = await readFile(join(demo, file), 'utf8');
    const filled = text.replace(/\b[A-Z]+_[A-Z]+\b/g, (word) => values[word] ?? word);
    await writeFile(join(demo, file), filled);
  }
  return copy;
}
