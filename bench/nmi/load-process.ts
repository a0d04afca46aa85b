/**
 * The process that asks, as the pods of a node would.
 *
 * @module
 */
import { connect } from 'node:net';
import { percentile } from '../measure.js';
import { KeepAliveClient, requestBytes, type SentRequest } from './keep-alive-client.js';
import { serveCalls } from './own-process.js';
import { sharedClock } from './shared-clock.js';

/** Times in milliseconds. */
export interface Latencies {
  readonly answers: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

/** One answer. */
export interface TimedAnswer {
  readonly status: number;
  /** From the sending of the request. */
  readonly ms: number;
  /** When it was there, in milliseconds of the clock that all processes share. */
  readonly at: number;
}

const longestStartMs = 60_000;

const calls = {
  /** Asks on one connection for each request, again as soon as the answer is there. */
  closedLoop: async (load: {
    readonly port: number;
    readonly seconds: number;
    readonly requests: readonly SentRequest[];
  }): Promise<Latencies & { readonly perSecond: number }> => {
    const clients = await Promise.all(
      load.requests.map((request) => KeepAliveClient.open(load.port, request)),
    );
    const times: number[] = [];
    const start = performance.now();
    const end = start + load.seconds * 1_000;
    await Promise.all(clients.map((client) => askUntil(client, end, times)));
    const perSecond = times.length / ((performance.now() - start) / 1_000);
    for (const client of clients) client.close();
    return { ...latenciesOf(times), perSecond };
  },

  /** Asks at a steady pace on one connection, however long an answer takes. */
  paced: async (load: {
    readonly port: number;
    readonly seconds: number;
    readonly perSecond: number;
    readonly request: SentRequest;
  }): Promise<Latencies> => {
    const client = await KeepAliveClient.open(load.port, load.request);
    const times: number[] = [];
    const start = performance.now();
    for (let turn = 0; turn < load.seconds * load.perSecond; turn++) {
      const due = start + (turn / load.perSecond) * 1_000;
      await until(due);
      const sent = performance.now();
      await new Promise<void>((resolve, reject) => client.send(resolve, reject));
      times.push(performance.now() - sent);
    }
    client.close();
    return latenciesOf(times);
  },

  /** Asks once, on a connection for each request, all at once. */
  each: ({
    port,
    requests,
  }: {
    readonly port: number;
    readonly requests: readonly Omit<SentRequest, 'status'>[];
  }) => Promise.all(requests.map((request) => askOnce(port, request))),

  /** Opens connections at a steady pace, each from another of so many addresses, asks, and waits for each answer. */
  flood: async (load: {
    readonly port: number;
    readonly seconds: number;
    readonly perSecond: number;
    readonly addresses: readonly string[];
    readonly target: string;
  }): Promise<Readonly<Record<number, number>>> => {
    const answers: Promise<TimedAnswer>[] = [];
    const start = performance.now();
    for (let turn = 0; turn < load.seconds * load.perSecond; turn++) {
      await until(start + (turn / load.perSecond) * 1_000);
      const from = load.addresses[turn % load.addresses.length] ?? '';
      answers.push(askOnce(load.port, { from, target: load.target }));
    }
    const byStatus: Record<number, number> = {};
    for (const { status } of await Promise.all(answers)) byStatus[status] = (byStatus[status] ?? 0) + 1;
    return byStatus;
  },

  /** Asks again and again, on a new connection each time, until the answer is 200; tells when that was. */
  firstToken: async ({
    port,
    from,
    target,
  }: {
    readonly port: number;
    readonly from: string;
    readonly target: string;
  }) => {
    for (const deadline = performance.now() + longestStartMs; ;) {
      const answer = await askOnce(port, { from, target });
      if (answer.status === 200) return answer.at;
      if (performance.now() > deadline) throw new Error(`no token, the last answer was ${answer.status}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  },
};

/** What this process can be asked. */
export type LoadCalls = typeof calls;

function askUntil(client: KeepAliveClient, end: number, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    const ask = (): void => {
      sent = performance.now();
      client.send(answered, reject);
    };
    const answered = (): void => {
      const now = performance.now();
      times.push(now - sent);
      if (now < end) ask();
      else resolve();
    };
    ask();
  });
}

/** Status 0 where there was no answer. */
function askOnce(port: number, { from, target }: Omit<SentRequest, 'status'>): Promise<TimedAnswer> {
  return new Promise((resolve) => {
    const sent = performance.now();
    const socket = connect({ host: '127.0.0.1', port, localAddress: from, noDelay: true });
    const end = (status: number): void => {
      socket.destroy();
      resolve({ status, ms: performance.now() - sent, at: sharedClock() });
    };
    let head = '';
    socket.on('connect', () => socket.write(requestBytes(target)));
    socket.on('data', (bytes: Buffer) => {
      head += bytes.toString('latin1', 0, 64);
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
      if (status !== undefined) end(Number(status));
    });
    socket.on('error', () => end(0));
    socket.on('close', () => end(0));
  });
}

function latenciesOf(times: readonly number[]): Latencies {
  return {
    answers: times.length,
    median: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    max: percentile(times, 1),
  };
}

async function until(due: number): Promise<void> {
  const left = due - performance.now();
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
}

serveCalls(calls);
