/**
 * One attack: some requests on one connection from one pod, pipelined or in pieces, until each of them was judged.
 *
 * @module
 */
import { connect } from 'node:net';
import { SeededRandom } from '../seeded-random.js';
import { attackers, type Attacker } from './attackers.js';
import { randomRequest, type FuzzRequest } from './request-grammar.js';

/** An attack, wholly decided by seed and number. */
export interface Attack {
  readonly number: number;
  readonly from: Attacker;
  readonly requests: readonly FuzzRequest[];
  /** Sizes of the pieces in which the bytes are sent; empty: at once. */
  readonly pieces: readonly number[];
}

/** What came back. */
export interface AttackAnswers {
  readonly text: string;
  readonly connections: number;
}

const quietMs = 60;
/** Ends a connection as soon as everything before it was answered. */
const lastRequest = 'GET /end HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n\r\n';
const mostRequests = 24;

/** Makes the attack of that number. Every fourth comes from a pod with a grant. */
export function attackOf(seed: number, number: number): Attack {
  const random = new SeededRandom(seed, number);
  const from = random.pick(attackers[isGranted(number) ? 'granted' : 'ungranted']);
  const requests = Array.from({ length: 1 + random.below(mostRequests) }, () => randomRequest(random));
  const pieces = random.percent(10) ? Array.from({ length: 12 }, () => 1 + random.below(200)) : [];
  return { number, from, requests, pieces };
}

/** Whether the attack of that number is of a pod with a grant. */
export function isGranted(number: number): boolean {
  return number % 4 === 3;
}

/** Sends everything; what the server did not look at, because it had closed the connection, goes over a new one. */
export async function carryOut(attack: Attack, port: number): Promise<AttackAnswers> {
  let left = attack.requests;
  let text = '';
  let connections = 0;
  while (left.length > 0) {
    const got = await exchange(left.map(({ bytes }) => bytes).join('') + lastRequest, attack, port);
    connections++;
    text += got;
    const judged = got.split(/HTTP\/1\.1 [2-5]\d\d /).length - 1;
    left = left.slice(Math.max(1, judged));
  }
  return { text, connections };
}

function exchange(bytes: string, attack: Attack, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: attack.from.address, noDelay: true });
    let text = '';
    // A server that waits for more bytes is told that there are none.
    let quiet = setTimeout(() => socket.end(), quietMs);
    socket.setEncoding('latin1');
    socket.on('connect', () => void sendInPieces(bytes));
    const sendInPieces = async (all: string): Promise<void> => {
      let rest = all;
      for (const size of attack.pieces) {
        if (!socket.writable) return;
        socket.write(rest.slice(0, size), 'latin1');
        rest = rest.slice(size);
        await new Promise((turn) => setImmediate(turn));
      }
      if (socket.writable) socket.write(rest, 'latin1');
    };
    socket.on('data', (got: string) => {
      text += got;
      quiet = quiet.refresh();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => {
      clearTimeout(quiet);
      resolve(text);
    });
  });
}
