import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '@aad-pod-identity/simulator';
import { parse } from 'yaml';
import { type Target } from './target.js';

/** The simulator, with no machines: so nothing schedules, starts or ends the tests' pods. */
export async function startSimulatorTarget(): Promise<Target> {
  const simulator = await startSimulator();
  const directory = await mkdtemp(join(tmpdir(), 'conformance-'));
  const kubeconfig = join(directory, 'kubeconfig');
  await simulator.writeKubeconfig(kubeconfig);
  const [{ user }] = (parse(simulator.kubeconfig) as { users: [{ user: { token: string } }] }).users;
  return {
    name: 'the simulator',
    url: simulator.urls.kubernetes,
    ca: simulator.caCertificate,
    credentials: { token: user.token },
    kubeconfig,
    compact: async () => simulator.kubernetes.compact(),
    [Symbol.asyncDispose]: async () => {
      await simulator[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}
