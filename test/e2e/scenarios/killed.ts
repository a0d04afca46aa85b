import assert from 'node:assert/strict';
import { askOnce, outcomes, startAsker, type Answer } from '../clients.js';
import type { Scenario } from '../scenario.js';
import { eventually } from '../../eventually.js';
import { packetsPastNmi } from '../world/network.js';
import { kill, leader, nmiOn, podsOf } from '../world/programs.js';
import { rolledOut } from '../world/rollout.js';
import { grant } from './grant.js';

export const micIsKilled: Scenario = {
  name: 'kill -9 of the MIC that leads: pods keep their tokens, and new ones get theirs',
  run: async (world) => {
    const old = await grant(world, { namespace: 'mic-killed', name: 'mic-killed-old' });
    const fresh = await grant(world, { namespace: 'mic-killed', name: 'mic-killed-new' });
    const asker = await startAsker(world, {
      namespace: 'mic-killed',
      name: 'asker',
      binding: 'mic-killed-old',
    });
    await asker.next('a first token', ({ status }) => status === 200);
    const from = Date.now();
    await kill(world, await leader(world), 'mic');
    const answer = await askOnce(world, { namespace: 'mic-killed', name: 'late', binding: 'mic-killed-new' });
    assert.deepEqual([answer.status, answer.appid], [200, fresh.clientId], JSON.stringify(answer));
    const answers = (await asker.stop()).filter(({ at }) => at >= from);
    assert.deepEqual(Object.keys(outcomes(answers)), [`200 ${old.clientId}`]);
    // What the new leader finds is what the old one left: it takes off what nobody uses any more.
    await eventually(
      'the identities to be taken off',
      () => !world.azure.attached('pool').some((name) => name.startsWith('mic-killed')),
      { withinMs: 90_000 },
    );
  },
  values: { mic: { unassignGracePeriod: '2s' } },
};

/** Fails unless every answer is the pod's own token, or none because nobody could answer. */
function rightOrNone(answers: readonly Answer[], clientId: string): void {
  const allowed = new Set([`200 ${clientId}`, 'ECONNREFUSED', 'ECONNRESET', '503']);
  const seen = outcomes(answers);
  assert.deepEqual(
    Object.keys(seen).filter((one) => !allowed.has(one)),
    [],
    JSON.stringify(seen),
  );
}

export const nmiIsKilled: Scenario = {
  name: 'kill -9 of NMI: its pods are refused until it is back, and reach nobody else',
  run: async (world) => {
    const identity = await grant(world, { namespace: 'nmi-killed', name: 'nmi-killed' });
    const [node] = world.nodes.all;
    assert(node !== undefined);
    const shape = { namespace: 'nmi-killed', name: 'asker', binding: 'nmi-killed', node: node.name };
    const asker = await startAsker(world, shape, 50);
    await asker.next('a first token', ({ status }) => status === 200);
    const past = await packetsPastNmi();
    for (let turn = 0; turn < 3; turn++) {
      await kill(world, await nmiOn(world, node.name), 'nmi');
      await asker.next('to be refused', ({ status }) => status === undefined || status === 503);
      await asker.next('a token again', ({ status }) => status === 200);
    }
    rightOrNone(await asker.stop(), identity.clientId);
    assert.equal(await packetsPastNmi(), past);
  },
};

export const nmiIsUpdated: Scenario = {
  name: 'rolling update of NMI with pods asking the whole time: no wrong answer, nothing past NMI',
  run: async (world) => {
    const { cluster, installation, nodes } = world;
    const identity = await grant(world, { namespace: 'nmi-updated', name: 'nmi-updated' });
    const askers = await Promise.all(
      nodes.all.map(({ name }, index) =>
        startAsker(
          world,
          { namespace: 'nmi-updated', name: `asker-${index}`, binding: 'nmi-updated', node: name },
          50,
        ),
      ),
    );
    await Promise.all(askers.map((asker) => asker.next('a first token', ({ status }) => status === 200)));
    const past = await packetsPastNmi();
    const before = (await podsOf(world, 'nmi')).map(({ metadata }) => metadata.uid);
    await cluster.patch(
      'DaemonSet',
      { namespace: installation.namespace, name: installation.nmi },
      {
        spec: {
          template: { metadata: { annotations: { 'example.com/restarted-at': new Date().toISOString() } } },
        },
      },
    );
    await rolledOut(cluster, installation);
    await Promise.all(askers.map((asker) => asker.next('a token again', ({ status }) => status === 200)));
    const after = (await podsOf(world, 'nmi')).map(({ metadata }) => metadata.uid);
    assert.deepEqual(
      after.filter((uid) => before.includes(uid)),
      [],
    );
    for (const asker of askers) rightOrNone(await asker.stop(), identity.clientId);
    assert.equal(await packetsPastNmi(), past);
  },
};
