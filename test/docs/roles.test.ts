import { readFileSync } from 'node:fs';
import { defaultWorld } from '@aad-pod-identity/simulator';
import { expect, it, vi } from 'vitest';
import { SimulatedMic } from '../../packages/azure-assigner/src/testing/simulated-mic.js';

const page = readFileSync(new URL('../../docs/roles.md', import.meta.url), 'utf8');
const documented = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '{}') as { Actions: string[] };

const verbs: Readonly<Record<string, string>> = { GET: 'read', PATCH: 'write' };

/** What ARM asks whether the caller may do it, for a request; a changed identity of a machine is a linked scope of it. */
function actionsOf(method: string, target: string): string[] {
  // How far an operation of one's own is, which needs no right at the place where it stands.
  if (/\/providers\/Microsoft\.Compute\/locations\/[^/]+\/operations\//i.test(target)) return [];
  const [, provider = '', kind = '', more = ''] =
    /\/providers\/([^/]+)\/([^/]+)\/[^/?]+([^?]*)/i.exec(target) ?? [];
  const action = `${provider}/${kind}${more}/${verbs[method] ?? method}`;
  return method === 'PATCH'
    ? [action, 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action']
    : [action];
}

it('the role for MIC in docs/roles.md has the actions that its calls ask for, and no other', async () => {
  await using world = await SimulatedMic.start({
    world: defaultWorld,
    latencies: { virtualMachineUpdate: 50, scaleSetUpdate: 100 },
  });
  await world.mic('--unassign-grace-period=0');
  world.identity('app');
  world.pod('web', 'app', 'vm-0');
  world.pod('api', 'app', 'pool000000');
  const settled = { timeout: 15_000, interval: 20 };
  await vi.waitFor(
    () => expect(world.states.filter((state) => state.endsWith('Assigned'))).toHaveLength(2),
    settled,
  );
  world.delete('azureidentitybindings', 'app');
  await vi.waitFor(() => expect(world.states).toEqual([]), settled);
  const seen = world.simulator.requests
    .list('arm')
    .flatMap(({ method, target }) => actionsOf(method, target));
  const lower = (actions: readonly string[]): string[] =>
    [...new Set(actions.map((action) => action.toLowerCase()))].sort();
  expect(lower(seen)).toEqual(lower(documented.Actions));
});
