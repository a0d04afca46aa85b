import assert from 'node:assert/strict';
import { askOnce, runPod } from '../clients.js';
import type { Scenario } from '../scenario.js';
import { createPod } from '../world/create-pod.js';
import { eventually } from '../../eventually.js';
import { podLines } from '../world/containers-log.js';
import { azureIdentity, azureIdentityBinding, namespace } from '../world/identities.js';
import { packetsPastNmi } from '../world/network.js';
import { grant } from './grant.js';

interface DemoRound {
  readonly token: { readonly clientId?: string };
  readonly virtualMachines?: readonly string[] | { readonly failure: object };
}

const at = { namespace: 'first-tokens', name: 'reader' };

export const demoListsMachines: Scenario = {
  name: 'the demo lists machines through the redirected address, and so does an SDK',
  run: async ({ cluster, azure, logs, ...world }) => {
    const identity = azure.identity('reader', { reads: true });
    azure.simulator.populate.virtualMachine({ name: 'somebodys-machine' });
    await cluster.apply(namespace(at.namespace), azureIdentity(at, identity), azureIdentityBinding(at));
    const demo = { namespace: at.namespace, name: 'demo' };
    const { subscriptionId, resourceGroup } = azure.simulator;
    const args = [
      `--subscription-id=${subscriptionId}`,
      `--resource-group=${resourceGroup}`,
      '--period=2s',
      '--json',
    ];
    await createPod(cluster, { ...demo, image: 'demo', args, binding: 'reader', restartPolicy: 'Always' });
    const round = await eventually(
      'the demo to list machines',
      async () => (await podLines<DemoRound>(logs, demo)).find((one) => Array.isArray(one.virtualMachines)),
      { withinMs: 120_000 },
    );
    // It prints as much of it as may be seen.
    assert.equal(round.token.clientId?.slice(0, 4), identity.clientId.slice(0, 4));
    assert.deepEqual(round.virtualMachines, ['somebodys-machine']);
    const assigned = await cluster.list<{ status?: { status?: string } }>('AzureAssignedIdentity');
    assert.deepEqual(
      assigned.map(({ status }) => status?.status),
      ['Assigned'],
    );
    const client = { namespace: at.namespace, name: 'sdk', binding: 'reader', image: 'sdk-client' };
    const whole = { cluster, azure, logs, ...world };
    const printed = await runPod(whole, { ...client, args: [identity.clientId] });
    assert.deepEqual((JSON.parse(printed) as { appid?: string }).appid, identity.clientId);
    await cluster.deleteAndWait('Pod', demo);
  },
};

/** Images of what `run.ts` installs. */
const stock = ['stock-js', 'stock-python', 'stock-go', 'stock-java', 'stock-adal'];

export const stockClientsGetTokens: Scenario = {
  name: 'stock clients of Azure for JavaScript, Python, Go and Java get the token of their pod, each in a container',
  run: async (world) => {
    const identity = await grant(world, { namespace: 'stock', name: 'stock' });
    await Promise.all(
      stock.map(async (image) => {
        const pod = { namespace: 'stock', name: image, binding: 'stock', image };
        const args = ['client-id', identity.clientId];
        const printed = await runPod(world, { ...pod, args }, { withinMs: 120_000 });
        const [answer] = await podLines<{ readonly token?: string }>(world.logs, pod);
        const [, claims = ''] = answer?.token?.split('.') ?? [];
        assert(claims !== '', `${image} printed no token: ${printed.slice(0, 500)}`);
        const { appid } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { appid?: string };
        assert.equal(appid, identity.clientId, image);
      }),
    );
  },
};

export const othersAreRefused: Scenario = {
  name: 'a pod without the label is refused, and so is one that asks for an identity of others',
  run: async (world) => {
    const { azure, cluster } = world;
    const other = azure.identity('not-for-you');
    const identity = azure.identity('for-you');
    const mine = { namespace: 'refused', name: 'for-you' };
    await cluster.apply(namespace('refused'), azureIdentity(mine, identity), azureIdentityBinding(mine));
    const [past, asked] = [await packetsPastNmi(), azure.tokenRequests().length];
    // More than once: the event about it is counted.
    const unlabelled = await askOnce(world, {
      namespace: 'refused',
      name: 'unlabelled',
      args: ['--count', '3', '--every', '500'],
    });
    assert.deepEqual([unlabelled.status, unlabelled.appid], [403, undefined], JSON.stringify(unlabelled));
    const greedy = { namespace: 'refused', name: 'greedy', binding: 'for-you' };
    const foreign = await askOnce(world, { ...greedy, args: ['--client-id', other.clientId] });
    assert.deepEqual([foreign.status, foreign.appid], [403, undefined], JSON.stringify(foreign));
    // Neither came to IMDS, by NMI or past it.
    assert.equal(azure.tokenRequests().length, asked);
    assert.equal(await packetsPastNmi(), past);
    const own = await askOnce(world, { namespace: 'refused', name: 'modest', binding: 'for-you' });
    assert.deepEqual([own.status, own.appid], [200, identity.clientId], JSON.stringify(own));
  },
};
