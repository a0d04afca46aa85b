import { VirtualClock, type AzureAssignedIdentity } from '@aad-pod-identity/core';
import { Store } from '@aad-pod-identity/kubernetes';
import { AssignmentIndex } from '@aad-pod-identity/matcher';
import { beforeEach, describe, expect, it } from 'vitest';
import { assignedIdentityStore } from './assigned-identity-store.js';
import { AssignmentWriter } from './assignment-writer.js';
import { FakeCluster } from './testing/fake-cluster.js';
import { binding, identity } from './testing/objects.js';

describe('AssignmentWriter.assign', () => {
  let store: Store<AzureAssignedIdentity>;
  let cluster: FakeCluster;
  let writer: AssignmentWriter;
  let begun: AzureAssignedIdentity;

  const input = (nodeName: string, identityName = 'id0') => ({
    namespace: 'default',
    name: 'p0-default-id0',
    spec: {
      azureIdentityRef: identity(identityName),
      azureBindingRef: binding('b0', 'id0', 'app0'),
      pod: 'p0',
      podNamespace: 'default',
      nodeName,
    },
    annotations: {},
    status: 'Created' as const,
  });

  beforeEach(() => {
    store = new Store<AzureAssignedIdentity>({ onListenerError: (error) => expect.fail(String(error)) });
    cluster = new FakeCluster(() => undefined);
    const policy = { mode: 'standard', forceNamespaced: false } as const;
    const index = new AssignmentIndex(policy, { immutableIdentities: [], clusterIdentity: '' });
    const assigned = assignedIdentityStore(store);
    writer = new AssignmentWriter({ cluster, index, assigned, policy, clock: new VirtualClock() });
    begun = cluster.put(input('n0'));
    assigned.wrote(begun);
  });

  it('writes it once', async () => {
    expect([await writer.assign(begun), await writer.assign(begun)]).toEqual([true, false]);
    expect(cluster.writes).toHaveLength(1);
  });

  it.each([
    ['another node', input('n1')],
    ['another identity', input('n0', 'id1')],
  ])('leaves an object alone that was meanwhile rewritten for %s', async (_, rewritten) => {
    const { resourceVersion } = begun;
    assignedIdentityStore(store).wrote(await cluster.replace({ ...rewritten, resourceVersion }));
    cluster.writes.length = 0;
    expect([await writer.assign(begun), cluster.writes]).toEqual([false, []]);
  });

  it('leaves an object alone that was meanwhile turned Unassigned', async () => {
    await writer.unassign(begun);
    cluster.writes.length = 0;
    expect([await writer.assign(begun), cluster.writes]).toEqual([false, []]);
  });

  it('takes one up again that is Unassigned, where that is known', async () => {
    await writer.unassign(begun);
    const unassigned = store.get('default/p0-default-id0');
    expect(unassigned?.status).toBe('Unassigned');
    expect(unassigned && (await writer.assign(unassigned))).toBe(true);
  });

  it('does not see an object again that it has removed, whatever a watch that lags behind says', async () => {
    await writer.remove(begun);
    store.set({ ...begun, resourceVersion: '5000', value: begun });
    expect(store.size).toBe(0);
  });

  it('forgets an object that is gone, though the watch tells of that no more', async () => {
    cluster.objects.delete('default/p0-default-id0');
    await expect(writer.unassign(begun)).rejects.toMatchObject({ code: 'not-found' });
    expect(store.size).toBe(0);
  });
});
