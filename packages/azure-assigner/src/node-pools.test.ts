import { defaultWorld, type WorldSeed } from '@aad-pod-identity/simulator';
import { expect, it, vi } from 'vitest';
import { SimulatedMic } from './testing/simulated-mic.js';

const elsewhere = '99999999-2222-3333-4444-555555555555';
const world: WorldSeed = {
  ...defaultWorld,
  virtualMachines: [{ name: 'vm-0', resourceGroup: 'MC_vms' }],
  scaleSets: [
    { name: 'pool', instances: 1 },
    { name: 'gpu', instances: 1, resourceGroup: 'MC_gpu', subscriptionId: elsewhere },
  ],
  roleAssignments: [
    ...(defaultWorld.roleAssignments ?? []),
    ...[
      `/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/MC_vms`,
      `/subscriptions/${elsewhere}`,
    ].map((scope) => ({ principal: 'mic', role: 'Virtual Machine Contributor', scope })),
  ],
};

it('finds node pools in other subscriptions and resource groups than its own, and leaves out what is not Azure’s', async () => {
  await using cluster = await SimulatedMic.start({
    world,
    latencies: { virtualMachineUpdate: 50, scaleSetUpdate: 50 },
  });
  const { objects } = cluster.simulator.kubernetes;
  for (const [name, providerID] of [
    ['virtual-node', ''],
    ['kind-worker', 'kind://docker/kind/kind-worker'],
  ] as const) {
    objects.create('nodes', { metadata: { name }, spec: { providerID } });
  }
  cluster.identity('app');
  cluster.pod('a', 'app', 'pool000000');
  cluster.pod('b', 'app', 'gpu000000');
  cluster.pod('c', 'app', 'vm-0');
  cluster.pod('d', 'app', 'virtual-node');
  const mic = await cluster.mic('--syncRetryDuration=1s', '--identity-assignment-reconcile-interval=1s');
  await vi.waitFor(
    () =>
      expect(cluster.states).toEqual([
        'a-default-app Assigned',
        'b-default-app Assigned',
        'c-default-app Assigned',
      ]),
    { timeout: 30_000 },
  );
  for (const name of ['pool', 'gpu', 'vm-0']) expect(cluster.attached(name)).toEqual(['app']);
  // A node is told of once, however often everything is evaluated; one without a providerID not for the first minute.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const told = objects.list('events').items.filter(({ reason }) => reason === 'node unresolved');
  expect(
    told.map(({ count = 1, involvedObject }) => [count, (involvedObject as { name: string }).name]).sort(),
  ).toEqual([[1, 'kind-worker']]);
  expect(mic.lines.filter((line) => / (WARN|ERROR) /.test(line))).toEqual([]);
});
