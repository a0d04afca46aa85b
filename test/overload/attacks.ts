/**
 * What an attacker does, each with connections of its own, until it is told to stop.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One kind of attack. */
export interface Attack {
  readonly name: string;
  /** Begins it; resolves when it is under way. */
  begin(target: AttackTarget): Promise<void>;
}

/** Where and how much. */
export interface AttackTarget {
  readonly port: number;
  /** The address of the pod that attacks, where one does it alone. It may have the tokens of one identity. */
  readonly pod: string;
  /** How many connections in all. */
  readonly connections: number;
  readonly signal: AbortSignal;
}

const path = '/metadata/identity/oauth2/token?resource=https://vault.azure.net';
const head = `GET ${path} HTTP/1.1\r\nHost: 169.254.169.254\r\nMetadata: true\r\n`;
const addresses = Array.from({ length: 48 }, (_, i) => `127.2.0.${i + 1}`);
const atOnce = 100;

/** Opens so many connections, in turn from the addresses, and has `each` use them. One that is closed is opened `again`. */
async function open(
  { port, signal }: AttackTarget,
  count: number,
  from: readonly string[],
  each: (socket: Socket) => void,
  again = true,
): Promise<void> {
  const opened = (i: number): void => {
    if (signal.aborted) return;
    const socket = connect({ host: '127.0.0.1', port, localAddress: from[i % from.length] });
    const end = (): void => void socket.destroy();
    signal.addEventListener('abort', end, { once: true });
    socket.on('error', () => undefined);
    socket.on('connect', () => each(socket));
    socket.on('close', () => {
      signal.removeEventListener('abort', end);
      if (again) setTimeout(() => opened(i), 500);
    });
    socket.resume();
  };
  for (let i = 0; i < count; i++) {
    opened(i);
    if (i % atOnce === 0) await sleep(5);
  }
}

/** Writes a piece now and then, for as long as the connection is open. */
function dribble(socket: Socket, ms: number, piece: string): void {
  const timer = setInterval(() => socket.write(piece), ms);
  socket.once('close', () => clearInterval(timer));
}

/** Writes a piece again and again, as fast as it goes out. */
function pour(socket: Socket, piece: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.writableLength < 262_144) socket.write(piece);
  };
  socket.on('drain', more);
  more();
}

/** Asks again as soon as there is an answer. */
function hammer(socket: Socket, request: string): void {
  socket.on('data', () => socket.write(request));
  socket.write(request);
}

const manyIdle = 'idle connections that all have a place';
/** The attack that NMI is given places enough for. */
export const roomyAttack = manyIdle;
/** The attack during which others, too, need tokens that are not held. */
export const upstreamAttack = 'tokens that are not held, of an identity that others have, one pod';

/** All of them. */
export const attacks: readonly Attack[] = [
  {
    name: 'idle connections',
    begin: (target) => open(target, target.connections, addresses, () => undefined, false),
  },
  {
    name: manyIdle,
    begin: (target) => open(target, target.connections, addresses, () => undefined, false),
  },
  {
    name: 'headers byte by byte',
    begin: (target) =>
      open(target, Math.min(2_000, target.connections), addresses, (socket) => {
        socket.write(head);
        dribble(socket, 1_000, 'x');
      }),
  },
  {
    name: 'bodies byte by byte',
    begin: (target) =>
      open(target, Math.min(2_000, target.connections), addresses, (socket) => {
        socket.write(
          `POST /metadata/scheduledevents?api-version=2020-07-01 HTTP/1.1\r\nHost: x\r\nMetadata: true\r\nContent-Length: 9999\r\n\r\n`,
        );
        dribble(socket, 1_000, ' ');
      }),
  },
  {
    name: 'headers without end, one pod',
    begin: (target) =>
      open(target, 64, [target.pod], (socket) => {
        socket.write(head);
        pour(socket, `X-Padding: ${'x'.repeat(1_000)}\r\n`);
      }),
  },
  {
    name: 'bodies without end, one pod',
    begin: (target) =>
      open(target, 64, [target.pod], (socket) => {
        socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
        pour(socket, `4000\r\n${'x'.repeat(0x4000)}\r\n`);
      }),
  },
  {
    name: '256 connections of one pod, each asking again at once',
    begin: (target) => open(target, 256, [target.pod], (socket) => hammer(socket, `${head}\r\n`)),
  },
  {
    name: 'requests without reading answers, one pod',
    begin: (target) =>
      open(target, 256, [target.pod], (socket) => pour(socket.pause(), `${head}\r\n`.repeat(200))),
  },
  {
    name: upstreamAttack,
    begin: (target) => {
      let asked = 0;
      return open(target, 64, [target.pod], (socket) => {
        const next = (): void => void socket.write(head.replace('vault', `vault-${asked++}`) + '\r\n');
        socket.on('data', next);
        next();
      });
    },
  },
  {
    name: 'a new connection for each request, one pod',
    begin: (target) =>
      open(target, 256, [target.pod], (socket) => {
        socket.write(`${head}Connection: close\r\n\r\n`);
      }),
  },
];
