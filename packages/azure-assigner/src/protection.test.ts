import { describe, expect, it } from 'vitest';
import { MicWorld } from './testing/mic-world.js';
import { binding, idOf, identity, node, pod, providerIdOf, vm } from './testing/objects.js';

const minute = 60_000;

describe('what must never come off', () => {
  const one = (clientID: string, protectedIdentities: { immutable?: string; cluster?: string }): MicWorld =>
    new MicWorld({
      protectedIdentities: {
        immutableIdentities:
          protectedIdentities.immutable === undefined ? [] : [protectedIdentities.immutable],
        clusterIdentity: protectedIdentities.cluster ?? '',
      },
    })
      .nodes(node('v0', providerIdOf(vm('v0'))))
      .identities(identity('id1', { clientID }))
      .bindings(binding('b1', 'id1', 'web'))
      .pods(pod('a', 'web', 'v0'));

  it.each([
    ['an immutable identity', '', { immutable: 'True-CLIENT' }],
    ['an immutable identity', 'wrong', { immutable: 'True-CLIENT' }],
    ["the cluster's identity", '', { cluster: 'TRUE-client' }],
    ["the cluster's identity", 'wrong', { cluster: 'TRUE-client' }],
  ])('%s is known by its true client ID, where its AzureIdentity says %j', async (_, clientID, given) => {
    const made = one(clientID, given);
    made.compute.clientIds.set(idOf('id1'), 'true-client');
    await made.start().pass(1000);
    await made.take('Pod', 'a').pass(10 * minute);
    expect([made.on(vm('v0')), made.cluster.states]).toEqual([['id1'], []]);
  });

  it('an identity stays on for which Azure gives no client ID, and that may be the protected one', async () => {
    const made = one('', { cluster: 'true-client' });
    await made.start().pass(1000);
    made.compute.nameless.add(idOf('id1'));
    await made.take('Pod', 'a').pass(10 * minute);
    expect([made.on(vm('v0')), made.cluster.states]).toEqual([['id1'], []]);
  });

  it('it comes off where the protected one is another on the same resource', async () => {
    const made = one('', { cluster: 'true-client' });
    made.compute.clientIds.set(idOf('kubelet'), 'true-client');
    made.compute.resource(vm('v0')).identities.add(idOf('kubelet'));
    await made.start().pass(1000);
    made.compute.nameless.add(idOf('id1'));
    await made.take('Pod', 'a').pass(10 * minute);
    expect([made.on(vm('v0')), made.cluster.states]).toEqual([['kubelet'], []]);
  });
});
