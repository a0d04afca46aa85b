/**
 * All pods of a node start at once, and each asks at once for all its tokens.
 *
 * @module
 */
import { realImdsLimits } from '@aad-pod-identity/simulator';
import { formatTime, percentile } from '../measure.js';
import type { Table } from '../table.js';
import type { LoadCalls, TimedAnswer } from './load-process.js';
import { MeasuredNode, tokenTarget } from './measured-node.js';
import { OwnProcess } from './own-process.js';
import { sharedClock } from './shared-clock.js';

const pods = 110;
const identities = 10;
const resources = ['https://management.azure.com/', 'https://vault.azure.net', 'https://storage.azure.com/'];
const imdsTimes = [10, 100, 400];

export async function startingPods(): Promise<Table> {
  const rows: string[][] = [];
  for (const imdsMs of imdsTimes) rows.push(await startAll(imdsMs));
  return {
    title: 'nmi: a node that starts',
    note: `${pods} pods of ${identities} identities are created at once; each asks for ${resources.length} tokens as soon as it has an address. The limits of IMDS are the real ones: ${realImdsLimits.perSecond} requests a second, ${realImdsLimits.concurrent} at once, 429 beyond. Times count from the creation of the first pod.`,
    columns: [
      'IMDS takes',
      'requests',
      'answered 200',
      'other answers',
      'calls of IMDS',
      'IMDS answered 429',
      'median',
      'last',
    ],
    rows,
  };
}

async function startAll(imdsMs: number): Promise<string[]> {
  await using node = await MeasuredNode.start({ identities, imdsMs });
  await using nmi = await node.startNmi();
  await using load = new OwnProcess<LoadCalls>(new URL('load-process.ts', import.meta.url));
  node.addPod('first', 0);
  node.addAssignment('first', 0, 'Assigned');
  const first = {
    port: nmi.port,
    from: await node.address('first'),
    target: tokenTarget('https://graph.microsoft.com/'),
  };
  await load.call('firstToken', first);
  // What IMDS allows in a second is there in full again.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const before = node.imdsCalls().length;

  const asked: Promise<readonly TimedAnswer[]>[] = [];
  const stop = node.onAddress('web-', (from) => {
    const requests = resources.map((resource) => ({ from, target: tokenTarget(resource) }));
    asked.push(load.call('each', { port: nmi.port, requests }));
  });
  const start = sharedClock();
  for (let index = 0; index < pods; index++) {
    node.addPod(`web-${index}`, index % identities);
    node.addAssignment(`web-${index}`, index % identities, 'Assigned');
  }
  while (asked.length < pods) await new Promise((resolve) => setTimeout(resolve, 10));
  stop();
  const answers = (await Promise.all(asked)).flat();
  const calls = node.imdsCalls().slice(before);
  const times = answers.map(({ at }) => at - start);
  const others = answers.map(({ status }) => status).filter((status) => status !== 200);
  return [
    formatTime(imdsMs),
    String(answers.length),
    String(answers.length - others.length),
    others.length === 0 ? 'none' : `${others.length}: ${[...new Set(others)].join(', ')}`,
    String(calls.length),
    String(calls.filter(({ status }) => status === 429).length),
    formatTime(percentile(times, 0.5)),
    formatTime(percentile(times, 1)),
  ];
}
