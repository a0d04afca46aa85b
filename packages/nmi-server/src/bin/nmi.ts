import { readFile } from 'node:fs/promises';
import { isMainThread } from 'node:worker_threads';
import { loadConnection } from '@aad-pod-identity/kubernetes';
import {
  collectAtRest,
  compileLittle,
  growWhenBusy,
  keepNewSpaceSmall,
  runProgram,
  systemClock,
  turnLines,
} from '@aad-pod-identity/program';
import { nodeAddresses } from '../caller/node-addresses.js';
import { runCommand } from '../interception/command.js';
import { followCommand } from '../interception/follow-command.js';
import { readNetworkFacts, routesLocalnet } from '../interception/node-facts.js';
import { runNmi } from '../nmi.js';
import { pfxOpener } from '../token/open-pfx.js';

// The program is one file, so that its threads begin here too.
if (isMainThread) {
  compileLittle();
  keepNewSpaceSmall();
  growWhenBusy();
  collectAtRest();
  await runProgram('nmi', (context) =>
    runNmi(context, {
      clock: systemClock,
      random: Math.random,
      log: turnLines(process.stderr, systemClock),
      connect: (options) => loadConnection({ ...options, env: context.environment, clock: systemClock }),
      run: runCommand,
      follow: followCommand,
      isNodeAddress: nodeAddresses(systemClock),
      readNetworkFacts,
      routesLocalnet,
      readFile: (path) => readFile(path, 'utf8'),
      openPfx: pfxOpener({ program: new URL(import.meta.url) }),
    }),
  );
} else {
  const { servePfxWorker } = await import('../token/pfx-worker.js');
  servePfxWorker();
}
