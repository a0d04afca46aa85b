/**
 * From the start of the process to the first token.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { formatTime, percentile } from '../measure.js';
import type { Table } from '../table.js';
import type { LoadCalls } from './load-process.js';
import { MeasuredNode, tokenTarget } from './measured-node.js';
import { OwnProcess } from './own-process.js';
import { sharedClock } from './shared-clock.js';

const starts = 11;
const pods = 110;

export async function programStart(): Promise<Table> {
  await using node = await MeasuredNode.start({ identities: 10, limits: { imds: 'off' } });
  for (let index = 0; index < pods; index++) {
    node.addPod(`web-${index}`, index % 10);
    node.addAssignment(`web-${index}`, index % 10, 'Assigned');
  }
  const from = await node.address('web-0');
  await using load = new OwnProcess<LoadCalls>(new URL('load-process.ts', import.meta.url));
  const nmiTimes: number[] = [];
  const bareTimes: number[] = [];
  for (let turn = 0; turn < starts; turn++) {
    bareTimes.push(await bareStart());
    await using nmi = await node.startNmi();
    const first = await load.call('firstToken', { port: nmi.port, from, target: tokenTarget() });
    nmiTimes.push(first - nmi.startedAt);
  }
  const row = (what: string, times: readonly number[]): string[] => [
    what,
    formatTime(percentile(times, 0.5)),
    formatTime(percentile(times, 1)),
  ];
  return {
    title: 'nmi: start',
    note: `${starts} starts in turn, on a node with ${pods} pods. A pod asks each 2 ms until it is given a token: NMI has then read the five kinds that it watches, over TLS, and has got the token from IMDS.`,
    columns: ['', 'median', 'longest'],
    rows: [
      row('Node alone, until a server on node:http listens', bareTimes),
      row('NMI, until the first 200', nmiTimes),
    ],
  };
}

async function bareStart(): Promise<number> {
  const server = "require('node:http').createServer().listen(0, '127.0.0.1', () => console.log('listening'))";
  const startedAt = sharedClock();
  const child = spawn(process.execPath, ['-e', server], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const ms = sharedClock() - startedAt;
  child.kill();
  await once(child, 'exit');
  return ms;
}
