import { setTimeout as delay } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { askOnce, outcomes, startAsker } from '../clients.js';
import type { Scenario } from '../scenario.js';
import { eventually } from '../../eventually.js';
import { auditedRequests } from '../world/audit.js';
import { packetsPastNmi } from '../world/network.js';
import { grant } from './grant.js';

const outageMs = 60_000;

export const apiServerIsDown: Scenario = {
  name: 'the API server is down for a minute: pods go on getting tokens, and then new ones do',
  run: async (world) => {
    const { controlPlane } = world;
    const identity = await grant(world, { namespace: 'outage', name: 'outage' });
    const fresh = await grant(world, { namespace: 'outage', name: 'outage-new' });
    const asker = await startAsker(world, { namespace: 'outage', name: 'asker', binding: 'outage' });
    await asker.next('a first token', ({ status }) => status === 200);
    const past = await packetsPastNmi();
    const from = Date.now();
    await controlPlane.stopApiServer();
    await delay(outageMs);
    const meanwhile = (await asker.answers()).filter(({ at }) => at >= from);
    assert.deepEqual(Object.keys(outcomes(meanwhile)), [`200 ${identity.clientId}`]);
    assert(meanwhile.length > outageMs / 1000, `${meanwhile.length} answers`);
    await controlPlane.startApiServer();
    const answer = await askOnce(
      world,
      { namespace: 'outage', name: 'late', binding: 'outage-new' },
      { withinMs: 120_000 },
    );
    assert.deepEqual([answer.status, answer.appid], [200, fresh.clientId], JSON.stringify(answer));
    assert.deepEqual(Object.keys(outcomes(await asker.stop())), [`200 ${identity.clientId}`]);
    assert.equal(await packetsPastNmi(), past);
  },
};

export const historyIsGone: Scenario = {
  name: 'etcd is compacted and the API server starts anew: what was watched is listed again (410)',
  run: async (world) => {
    const { cluster, controlPlane, nodes, auditLog } = world;
    const identity = await grant(world, { namespace: 'compacted', name: 'compacted' });
    const lost = await grant(world, { namespace: 'compacted', name: 'compacted-lost' });
    const shapes = [
      { namespace: 'compacted', name: 'keeps', binding: 'compacted', args: [] },
      {
        namespace: 'compacted',
        name: 'loses',
        binding: 'compacted-lost',
        args: ['--client-id', lost.clientId],
      },
    ];
    const [keeps, loses] = await Promise.all(shapes.map((shape) => startAsker(world, shape)));
    assert(keeps !== undefined && loses !== undefined);
    await Promise.all([keeps, loses].map((one) => one.next('a first token', ({ status }) => status === 200)));
    // Everything that a watch could go on from must be gone: versions pass, and etcd forgets them.
    for (let turn = 0; turn < 20; turn++)
      await cluster.apply({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: 'compacted', name: `turn-${turn}` },
      });
    const since = Date.now();
    await compact(controlPlane.etcd);
    await controlPlane.stopApiServer();
    await controlPlane.startApiServer();
    await eventually('the binding to be deleted', async () => {
      await cluster.delete('AzureIdentityBinding', { namespace: 'compacted', name: 'compacted-lost' });
      return true;
    });
    await loses.next('a refusal', ({ status }) => status === 403 || status === 404, { withinMs: 90_000 });
    await keeps.next('a token', ({ status, appid }) => status === 200 && appid === identity.clientId);
    await Promise.all([keeps.stop(), loses.stop()]);
    const listed = (await auditedRequests(auditLog)).filter(
      ({ verb, resource, at }) => verb === 'list' && resource === 'azureidentitybindings' && at >= since,
    );
    // NMI on each node, and the MIC that leads.
    assert(listed.length > nodes.all.length, `bindings were listed ${listed.length} times`);
  },
};

/** By the JSON gateway of etcd. */
async function compact(etcd: string): Promise<void> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${etcd}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const { header } = (await post('/v3/maintenance/status', {})) as { header: { revision: string } };
  await post('/v3/kv/compaction', { revision: header.revision, physical: true });
}
