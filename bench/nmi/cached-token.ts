/**
 * A token that NMI holds, asked for again and again, beside what bare `node:http` answers on the same machine in the same
 * run.
 *
 * @module
 */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { formatTime, percentile } from '../measure.js';
import type { Table } from '../table.js';
import type { BareAnswer, BareCalls } from './bare-process.js';
import type { SentRequest } from './keep-alive-client.js';
import type { LoadCalls } from './load-process.js';
import { MeasuredNode, tokenTarget } from './measured-node.js';
import { OwnProcess } from './own-process.js';
import { processorMs } from './process-figures.js';

const connections = [1, 16, 64];
const rounds = 5;
const seconds = 2;

/** One server in one round. */
interface Round {
  readonly perSecond: number;
  readonly median: number;
  readonly p99: number;
  /** Microseconds of processor time of the server for a request. */
  readonly cost: number;
  /** How much of a core the process that asks used. */
  readonly load: number;
}

export async function cachedToken(): Promise<Table> {
  await using node = await MeasuredNode.start({ identities: 10, limits: { imds: 'off' } });
  const pods = Array.from({ length: Math.max(...connections) }, (_, index) => `web-${index}`);
  for (const [index, pod] of pods.entries()) {
    node.addPod(pod, index % 10);
    node.addAssignment(pod, index % 10, 'Assigned');
  }
  const requests: SentRequest[] = [];
  for (const pod of pods)
    requests.push({ from: await node.address(pod), target: tokenTarget(), status: 200 });
  await using nmi = await node.startNmi();
  await using load = new OwnProcess<LoadCalls>(new URL('load-process.ts', import.meta.url));
  await using bare = new OwnProcess<BareCalls>(new URL('bare-process.ts', import.meta.url));
  await load.call('firstToken', { port: nmi.port, from: requests[0]!.from, target: tokenTarget() });
  const answer = await answerOf(nmi.port, requests[0]!.from);
  const port = await bare.call('serve', answer);

  const measure = async (
    server: { port: number; pid: number },
    count: number,
    length: number,
  ): Promise<Round> => {
    const before = [processorMs(server.pid), processorMs(load.pid)] as const;
    const figures = await load.call('closedLoop', {
      port: server.port,
      seconds: length,
      requests: requests.slice(0, count),
    });
    return {
      ...figures,
      cost: ((processorMs(server.pid) - before[0]) * 1_000) / figures.answers,
      load: (processorMs(load.pid) - before[1]) / (length * 1_000),
    };
  };
  const servers = [
    { port, pid: bare.pid },
    { port: nmi.port, pid: nmi.pid },
  ] as const;
  for (const server of servers) await measure(server, connections.at(-1)!, 3);
  const rows: string[][] = [];
  for (const count of connections) {
    const [yardstick, measured]: [Round[], Round[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      yardstick.push(await measure(servers[0], count, seconds));
      measured.push(await measure(servers[1], count, seconds));
    }
    rows.push(rowOf(count, yardstick, measured));
  }
  return {
    title: 'nmi: a token that is held',
    note: `${seconds} s of bare node:http and of NMI in turn, ${rounds} times; medians of the rounds. Each connection is of another pod and asks again as soon as it has the answer (${answer.body.length} bytes). Server, asking process and bench share the cores.`,
    columns: [
      'connections',
      'bare req/s',
      'NMI req/s',
      'ratio',
      'bare median / p99',
      'NMI median / p99',
      'p99 ratio',
      'bare µs of CPU',
      'NMI µs of CPU',
      'asking process, cores',
    ],
    rows,
  };
}

function rowOf(count: number, bare: readonly Round[], nmi: readonly Round[]): string[] {
  const median = (rounds: readonly Round[], of: (round: Round) => number): number =>
    percentile(rounds.map(of), 0.5);
  const times = (rounds: readonly Round[]): string =>
    `${formatTime(median(rounds, (round) => round.median))} / ${formatTime(median(rounds, (round) => round.p99))}`;
  const ratio = (of: (round: Round) => number): string => (median(nmi, of) / median(bare, of)).toFixed(2);
  return [
    String(count),
    median(bare, (round) => round.perSecond).toFixed(0),
    median(nmi, (round) => round.perSecond).toFixed(0),
    ratio((round) => round.perSecond),
    times(bare),
    times(nmi),
    ratio((round) => round.p99),
    median(bare, (round) => round.cost).toFixed(0),
    median(nmi, (round) => round.cost).toFixed(0),
    `${median(bare, (round) => round.load).toFixed(2)} / ${median(nmi, (round) => round.load).toFixed(2)}`,
  ];
}

/** One answer of NMI, for the yardstick to give. */
function answerOf(port: number, from: string): Promise<BareAnswer> {
  const options = {
    host: '127.0.0.1',
    port,
    localAddress: from,
    path: tokenTarget(),
    headers: { Metadata: 'true' },
  };
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      const { statusCode: status = 0, headers } = response;
      const { 'content-type': type = '', 'content-length': length = '' } = headers;
      text(response).then((body) => {
        resolve({ status, headers: { 'Content-Type': type, 'Content-Length': length }, body });
      }, reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}
