import { defaultWorld, type SimulatorOptions } from '@aad-pod-identity/simulator';
import { describe, expect, it, vi } from 'vitest';
import { SimulatedMic } from './testing/simulated-mic.js';

const options: SimulatorOptions = {
  world: defaultWorld,
  latencies: { virtualMachineUpdate: 50, scaleSetUpdate: 100 },
};
const within = { timeout: 20_000, interval: 20 };
const often = '--identity-assignment-reconcile-interval=1s';

const resourceId = (world: SimulatedMic, name: string): string => {
  const found = world.simulator.azure.compute.list().find((resource) => resource.name === name);
  if (found === undefined) throw new Error(`no resource ${name}`);
  return found.id;
};

/** The principals that the machine can use tokens of, by the name of the identity. */
const principals = (world: SimulatedMic, name: string): Record<string, string> => {
  const { effectiveIdentity } = world.simulator.azure.compute.get(resourceId(world, name)) ?? {};
  return Object.fromEntries(
    Array.from(effectiveIdentity?.userAssigned.values() ?? [], ({ id, principalId }) => [
      id.split('/').pop() ?? '',
      principalId,
    ]),
  );
};

const patches = (world: SimulatedMic): string[] =>
  world.simulator.requests
    .list('arm')
    .flatMap(({ method, body }) => (method === 'PATCH' ? [body ?? ''] : []));

it('has a token before the first pod comes, and asks Azure for nothing else', async () => {
  await using world = await SimulatedMic.start(options);
  await world.mic();
  const asked = (): string[] => world.simulator.requests.list('entra').map(({ target }) => target);
  await vi.waitFor(() => expect(asked().at(-1)).toMatch(/\/oauth2\/v2\.0\/token\b/), within);
  const before = asked();
  expect(world.simulator.requests.list('arm')).toEqual([]);
  world.identity('app');
  world.pod('web', 'app', 'vm-0');
  await vi.waitFor(() => expect(world.states).toEqual(['web-default-app Assigned']), within);
  expect(asked()).toEqual(before);
});

describe('mic against an Azure that changes by itself', () => {
  it('attaches an identity anew that was deleted and recreated under its name', async () => {
    await using world = await SimulatedMic.start(options);
    world.identity('app');
    world.pod('web', 'app', 'vm-0');
    await world.mic(often);
    await vi.waitFor(() => expect(world.states).toEqual(['web-default-app Assigned']), within);
    const { identities } = world.simulator.azure;
    const before = identities.list().find(({ name }) => name === 'app');
    if (before === undefined) throw new Error('no identity');
    identities.delete(before.id);
    const { principalId } = world.simulator.populate.identity({ name: 'app' });
    await vi.waitFor(() => expect(principals(world, 'vm-0')).toEqual({ app: principalId }), within);
    expect(patches(world)).toHaveLength(3);
    expect(world.states).toEqual(['web-default-app Assigned']);
  });

  it('does not take off an identity that is gone for good, and denies it', async () => {
    await using world = await SimulatedMic.start(options);
    world.identity('app');
    world.pod('web', 'app', 'vm-0');
    await world.mic(often);
    await vi.waitFor(() => expect(world.states).toEqual(['web-default-app Assigned']), within);
    const { identities } = world.simulator.azure;
    identities.delete(identities.list().find(({ name }) => name === 'app')?.id ?? '');
    await vi.waitFor(() => expect(world.states).toEqual(['web-default-app Created']), within);
    await vi.waitFor(() => expect(world.events).toContain('identity quarantined AzureIdentity/app'), within);
    expect(patches(world)).toHaveLength(1);
  });

  it('begins an operation again that failed in the end', async () => {
    await using world = await SimulatedMic.start(options);
    world.identity('app');
    world.pod('web', 'app', 'pool000000');
    const failure = { code: 'InternalExecutionError', message: 'An internal execution error occurred.' };
    world.simulator.azure.compute.failNextUpdate(resourceId(world, 'pool'), failure);
    await world.mic();
    await vi.waitFor(() => expect(world.states).toEqual(['web-default-app Assigned']), within);
    expect(world.attached('pool')).toEqual(['app']);
    expect(patches(world)).toHaveLength(2);
    await vi.waitFor(
      () => expect(world.events).toContain('binding apply error AzureIdentityBinding/app'),
      within,
    );
  });

  it('waits for an update of somebody else, and sends its own PATCH once', async () => {
    await using world = await SimulatedMic.start({ ...options, latencies: { scaleSetUpdate: 4000 } });
    const scaleSet = world.simulator.azure.compute.get(resourceId(world, 'pool'));
    if (scaleSet === undefined) throw new Error('no scale set');
    world.simulator.azure.compute.beginUpdate(scaleSet, { tags: { by: 'somebody else' } });
    world.simulator.azure.compute.durations = { virtualMachine: 50, scaleSet: 50 };
    world.identity('app');
    world.pod('web', 'app', 'pool000000');
    await world.mic();
    await vi.waitFor(() => expect(world.states).toEqual(['web-default-app Assigned']), within);
    expect(patches(world)).toHaveLength(1);
    expect(world.events.filter((event) => event.startsWith('binding apply error'))).toEqual([]);
  });

  it('waits for a subscription that is throttled as a whole, on all of its resources', async () => {
    await using world = await SimulatedMic.start(options);
    world.simulator.faults.add({
      target: 'arm',
      path: 'Microsoft.Compute',
      times: 1,
      action: {
        kind: 'status',
        status: 429,
        body: { error: { code: 'SubscriptionRequestsThrottled', message: 'too many' } },
        retryAfterSeconds: 3,
      },
    });
    world.identity('app');
    world.pod('one', 'app', 'vm-0');
    await world.mic();
    await vi.waitFor(
      () => expect(world.simulator.requests.list('arm').some(({ status }) => status === 429)).toBe(true),
      within,
    );
    world.pod('two', 'app', 'pool000000');
    await vi.waitFor(
      () => expect(world.states).toEqual(['one-default-app Assigned', 'two-default-app Assigned']),
      within,
    );
    const calls = world.simulator.requests
      .list('arm')
      .filter(({ target }) => target.includes('/Microsoft.Compute/'));
    const [throttled, next] = calls;
    expect([throttled?.status, next?.status]).toEqual([429, 200]);
    expect((next?.at ?? 0) - (throttled?.at ?? 0)).toBeGreaterThanOrEqual(2900);
  });
});
