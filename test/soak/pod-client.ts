/**
 * Requests as a pod sends them: from the address of the pod, over a connection of its own or a kept one.
 *
 * @module
 */
import { Agent, request } from 'node:http';

/** An answer. */
export interface PodAnswer {
  readonly status: number;
  readonly body: string;
}

/** A request that a pod makes. */
export interface PodRequest {
  readonly port: number;
  readonly from: string;
  readonly target: string;
  /** Whether the connection may be one that was used before. */
  readonly keptAlive: boolean;
  /** After so many milliseconds the pod hangs up. */
  readonly hangUpAfterMs?: number;
}

const kept = new Agent({ keepAlive: true, maxFreeSockets: 64 });

/** Sends it. `undefined` where the pod hung up. */
export function askAsPod(asked: PodRequest): Promise<PodAnswer | undefined> {
  const { port, from, target, keptAlive, hangUpAfterMs } = asked;
  return new Promise((resolve, reject) => {
    const outgoing = request({
      ...{ host: '127.0.0.1', port, localAddress: from, path: target, headers: { metadata: 'true' } },
      agent: keptAlive ? kept : false,
    });
    let hungUp = false;
    const timer =
      hangUpAfterMs === undefined
        ? undefined
        : setTimeout(() => {
            hungUp = true;
            outgoing.destroy();
          }, hangUpAfterMs);
    const done = (settle: () => void): void => {
      clearTimeout(timer);
      settle();
    };
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        done(() =>
          resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        ),
      );
      incoming.on('error', (error) => done(() => (hungUp ? resolve(undefined) : reject(error))));
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      done(() => {
        if (hungUp) resolve(undefined);
        // A kept connection that NMI closed just as it was taken.
        else if (outgoing.reusedSocket && error.code === 'ECONNRESET')
          askAsPod({ ...asked, keptAlive: false }).then(resolve, reject);
        else reject(error);
      }),
    );
    outgoing.end();
  });
}

/** Closes the kept connections. */
export function closeKeptConnections(): void {
  kept.destroy();
}
