import { createServer } from 'node:net';
import type { Stage } from './stage.js';

/** The addresses that the simulator gives to the first two pods. */
const podAddresses = ['127.1.0.1', '127.1.0.2'];

/**
 * Loopback addresses play the addresses of pods, because interception needs root: each pod's program connects from its
 * address to NMI, which knows it by that, as it would behind a redirection.
 */
export function loopbackStage(): Stage {
  return {
    description: 'loopback addresses play the pods; nothing is redirected',
    intercepts: false,
    onNode: [],
    simulatorArguments: [],
    nmiArguments: (imds) => [
      '--interception=none',
      '--nmi-port=0',
      `--metadata-ip=${imds.hostname}`,
      `--metadata-port=${imds.port}`,
    ],
    nmiReady: /listening on (\S+:\d+)/,
    podAnnotations: () => ({}),
    asPod: (_pod, address, { nmi }) => ({
      prefix: [],
      demoArguments: [`--endpoint=${nmi.origin}`, `--local-address=${address}`],
    }),
    asNode: ({ nmi, imds }) => ({
      prefix: [],
      demoArguments: [`--endpoint=${imds.origin}`, `--nmi-endpoint=${nmi.origin}`],
    }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** What to do before the demo can run here, or `undefined` where nothing is. Linux has all of 127.0.0.0/8. */
export async function missingLoopbackAddresses(): Promise<string | undefined> {
  const bound = await Promise.all(podAddresses.map(canBind));
  const missing = podAddresses.filter((_address, index) => bound[index] === false);
  if (missing.length === 0) return undefined;
  const commands = missing.map((address) => `sudo ifconfig lo0 alias ${address}`);
  return `the loopback addresses ${missing.join(' and ')} are missing; on macOS add them: ${commands.join(' && ')}`;
}

function canBind(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(0, address, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
