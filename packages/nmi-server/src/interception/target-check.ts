/**
 * Whether requests that are redirected find NMI. A packet of the node itself does not pass PREROUTING, so that NMI cannot
 * send one through its own redirection; what is behind the redirection it can try.
 *
 * @module
 */
import { connect } from 'node:net';
import type { Clock } from '@aad-pod-identity/core';
import { isLoopback } from '../caller/address.js';

/** A connection as its two ends see it. */
export interface ConnectionEnd {
  readonly address: string;
  readonly port: number;
}

/** Options of {@link startTargetCheck}. */
export interface TargetCheckOptions {
  readonly clock: Clock;
  /** Where the rules send requests. */
  readonly target: ConnectionEnd;
  /** Calls back with the remote end of each connection that NMI accepts; the returned function ends that. */
  readonly onAccepted: (listener: (remote: ConnectionEnd) => void) => () => void;
  /** Whether the kernel routes packets to loopback addresses; `undefined` where unknown. */
  readonly routesLocalnet: () => Promise<boolean | undefined>;
  /** Told of a problem when it appears. */
  readonly onProblem: (problem: string) => void;
}

/** A check that goes on. */
export interface TargetCheck {
  /** Resolves when nothing is wrong for the first time. */
  readonly established: Promise<void>;
  /** What is wrong, or nothing. */
  readonly problem: string | undefined;
  stop(): void;
}

const goodMs = 30_000;
const badMs = 2_000;
const connectMs = 2_000;

/** Checks at once (resolves then), and periodically until stopped. */
export async function startTargetCheck(options: TargetCheckOptions): Promise<TargetCheck> {
  const { clock, onProblem } = options;
  let problem: string | undefined;
  let stopped = false;
  let cancel: () => void = () => undefined;
  let establish: () => void = () => undefined;
  const established = new Promise<void>((resolve) => (establish = resolve));
  const check = async (): Promise<void> => {
    const before = problem;
    problem = (await localnetProblem(options)) ?? (await connectionProblem(options));
    if (problem !== undefined && problem !== before && !stopped) onProblem(problem);
    if (problem === undefined) establish();
    if (!stopped) cancel = clock.after(problem === undefined ? goodMs : badMs, () => void check());
  };
  await check();
  return {
    established,
    get problem(): string | undefined {
      return problem;
    },
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}

async function localnetProblem({ target, routesLocalnet }: TargetCheckOptions): Promise<string | undefined> {
  if (!isLoopback(target.address) || (await routesLocalnet()) !== false) return undefined;
  return `requests are redirected to ${target.address}, but no interface has route_localnet, and the kernel drops them: run "sysctl -w net.ipv4.conf.all.route_localnet=1" on the node, or set --nmi-listen-address to the address of the node`;
}

/** Connects to where the rules send requests, and sees whether this very process accepts it. */
function connectionProblem({ clock, target, onAccepted }: TargetCheckOptions): Promise<string | undefined> {
  const where = `requests are redirected to ${target.address} port ${target.port}`;
  const check = 'check --host-ip, --nmi-listen-address and --nmi-port';
  return new Promise((resolve) => {
    const accepted = new Set<string>();
    const socket = connect({ host: target.address, port: target.port });
    const end = (problem: string | undefined): void => {
      cancel();
      forget();
      socket.destroy();
      resolve(problem);
    };
    const look = (): void => {
      const { localAddress, localPort } = socket;
      if (
        localAddress !== undefined &&
        localPort !== undefined &&
        accepted.has(`${localAddress} ${localPort}`)
      )
        end(undefined);
    };
    const forget = onAccepted(({ address, port }) => {
      accepted.add(`${address} ${port}`);
      look();
    });
    const cancel = clock.after(connectMs, () =>
      end(`${where}, where somebody else answers, or nobody: ${check}`),
    );
    socket.on('connect', look);
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end(`${where}, where NMI cannot be reached (${error.code ?? error.message}): ${check}`),
    );
  });
}
