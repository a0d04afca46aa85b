/**
 * What refusing costs: a pod without a grant beside one with, and a flood from addresses of which nothing is known.
 *
 * @module
 */
import { formatTime, percentile } from '../measure.js';
import type { Table } from '../table.js';
import type { SentRequest } from './keep-alive-client.js';
import type { Latencies, LoadCalls } from './load-process.js';
import { MeasuredNode, tokenTarget } from './measured-node.js';
import { OwnProcess } from './own-process.js';
import { processorMs } from './process-figures.js';

const connections = 16;
const rounds = 5;
const seconds = 2;
const floodPerSecond = 1_000;
const floodSeconds = 10;
const pacedPerSecond = 200;

export async function denial(): Promise<readonly Table[]> {
  await using node = await MeasuredNode.start({ identities: 1, limits: { imds: 'off' } });
  const granted: SentRequest[] = [];
  const denied: SentRequest[] = [];
  for (let index = 0; index < connections; index++) {
    node.addPod(`granted-${index}`, 0);
    node.addAssignment(`granted-${index}`, 0, 'Assigned');
    node.addPod(`denied-${index}`);
    granted.push({ from: await node.address(`granted-${index}`), target: tokenTarget(), status: 200 });
    denied.push({ from: await node.address(`denied-${index}`), target: tokenTarget(), status: 403 });
  }
  await using nmi = await node.startNmi();
  await using load = new OwnProcess<LoadCalls>(new URL('load-process.ts', import.meta.url));
  await load.call('firstToken', { port: nmi.port, ...granted[0]! });
  const loop = async (
    requests: readonly SentRequest[],
    length: number,
  ): Promise<readonly [number, number, number]> => {
    const before = processorMs(nmi.pid);
    const figures = await load.call('closedLoop', { port: nmi.port, seconds: length, requests });
    return [figures.perSecond, figures.p99, ((processorMs(nmi.pid) - before) * 1_000) / figures.answers];
  };
  for (const requests of [granted, denied]) await loop(requests, 3);
  const [hits, denials]: [(readonly number[])[], (readonly number[])[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    hits.push(await loop(granted, seconds));
    denials.push(await loop(denied, seconds));
  }
  const calls = node.imdsCalls().length;

  await using attack = new OwnProcess<LoadCalls>(new URL('load-process.ts', import.meta.url));
  const paced = { port: nmi.port, perSecond: pacedPerSecond, seconds: floodSeconds, request: granted[0]! };
  const flood = {
    port: nmi.port,
    perSecond: floodPerSecond,
    seconds: floodSeconds + 1,
    target: tokenTarget(),
    addresses: Array.from({ length: 60_000 }, (_, index) => `127.77.${index >> 8}.${index & 255}`),
  };
  const known = { ...flood, addresses: granted.slice(1).map(({ from }) => from) };
  const quiet = await load.call('paced', paced);
  const during = async (others: typeof flood): Promise<readonly [Latencies, string]> => {
    const answered = attack.call('flood', others);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const figures = await load.call('paced', paced);
    const statuses = Object.entries(await answered);
    return [figures, statuses.map(([status, count]) => `${count} × ${status}`).join(', ')];
  };
  const [besideKnown, knownAnswers] = await during(known);
  const [besideUnknown, unknownAnswers] = await during(flood);
  return [
    costTable(hits, denials, calls),
    {
      title: 'nmi: a flood from unknown addresses',
      note: `A pod asks ${pacedPerSecond} times a second for a token that is held, on one connection, while another process opens ${floodPerSecond.toLocaleString('en')} connections a second and asks on each: from addresses that no pod has, and, to tell what the connections cost by themselves, from those of other pods. All share two cores with the API server that is asked about unknown addresses.`,
      columns: ['', 'median', 'p99', 'longest', 'what the others were answered'],
      rows: [
        ['alone', ...times(quiet), ''],
        ['beside other pods', ...times(besideKnown), knownAnswers],
        ['beside unknown addresses', ...times(besideUnknown), unknownAnswers],
      ],
    },
  ];
}

function costTable(
  hits: readonly (readonly number[])[],
  denials: readonly (readonly number[])[],
  calls: number,
): Table {
  const median = (of: readonly (readonly number[])[], column: number): number =>
    percentile(
      of.map((figures) => figures[column] ?? NaN),
      0.5,
    );
  const row = (what: string, of: readonly (readonly number[])[]): string[] => [
    what,
    median(of, 0).toFixed(0),
    formatTime(median(of, 1)),
    median(of, 2).toFixed(0),
  ];
  return {
    title: 'nmi: a denial beside a hit',
    note: `${connections} connections of as many pods, ${seconds} s in turn, ${rounds} times; medians. Denials also become events on the pods. In all, IMDS was asked ${calls} time${calls === 1 ? '' : 's'}.`,
    columns: ['', 'req/s', 'p99', 'µs of CPU'],
    rows: [
      row('token held', hits),
      row('denied: the pod has no label', denials),
      [
        'denial / hit',
        ...[0, 1, 2].map((column) => (median(denials, column) / median(hits, column)).toFixed(2)),
      ],
    ],
  };
}

function times({ median, p99, max }: Latencies): string[] {
  return [median, p99, max].map(formatTime);
}
