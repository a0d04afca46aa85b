/**
 * The redirection as NMI runs it: which backend, the checks before, what is said about it, and what stays when NMI goes.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Logger } from '@aad-pod-identity/program';
import type { RedirectOptions } from '../nmi-options.js';
import { isLoopback } from '../caller/address.js';
import type { RunCommand } from './command.js';
import { Interceptor, removeOurRules, type InterceptionEvent } from './interceptor.js';
import { chooseBackend, installedBackends, Iptables } from './iptables.js';

/** What {@link startRedirect} works with. */
export interface RedirectContext {
  readonly options: RedirectOptions;
  readonly metadataIp: string;
  readonly metadataPort: number;
  /** The port that NMI listens on. */
  readonly port: number;
  readonly clock: Clock;
  readonly run: RunCommand;
  /** Whether the kernel routes packets to loopback addresses; `undefined` where unknown. */
  readonly routesLocalnet: () => Promise<boolean | undefined>;
  readonly log: Logger;
  readonly onInstalled: () => void;
}

/** A redirection that is kept in place. */
export interface Redirect {
  readonly inPlace: boolean;
  /** Ends the checks; takes the rules away where the options say so. Never rejects. */
  stop(): Promise<void>;
}

/** Puts the redirection in place; resolves after the first attempt, which goes on where it failed. */
export async function startRedirect(context: RedirectContext): Promise<Redirect> {
  const { options, metadataIp, metadataPort, port, clock, run, log } = context;
  const { targetIp, intervalMs } = options;
  if (isLoopback(targetIp) && (await context.routesLocalnet()) === false) {
    log.warn(
      `requests are redirected to ${targetIp}, but no interface has route_localnet: pods get no answer until "sysctl -w net.ipv4.conf.all.route_localnet=1" is run on the node, or --nmi-listen-address is the address of the node`,
    );
  }
  const backend = options.backend === 'auto' ? await chooseBackend(run) : options.backend;
  const onEvent = (event: InterceptionEvent): void => {
    if (event.kind === 'failed') {
      log.error(`requests are not redirected: ${event.error.message}; trying again`);
      return;
    }
    log.info(
      { backend, defect: event.defect },
      `requests to ${metadataIp}:${metadataPort} are redirected to ${targetIp}:${port}`,
    );
    context.onInstalled();
    if (options.deleteConnections) void dropConnections(run, metadataIp, metadataPort, log);
  };
  const redirection = { metadataIp, metadataPort, targetIp, targetPort: port };
  const interceptor = new Interceptor({ clock, run, backend, redirection, intervalMs, onEvent });
  await interceptor.start();
  return {
    get inPlace(): boolean {
      return interceptor.inPlace;
    },
    stop: async () => {
      const remove = options.cleanup === 'always';
      try {
        await interceptor.stop(remove);
        log.info(
          remove
            ? 'the redirection is taken away'
            : 'the redirection stays: until NMI is back, pods get no answer from IMDS',
        );
      } catch (error) {
        log.error(
          `the redirection could not be taken away: ${String(error)}; run "nmi uninstall" on the node`,
        );
      }
    },
  };
}

/**
 * Takes our rules away on a node where NMI no longer runs, from every backend that is installed.
 *
 * @returns one line for each backend that says what was done
 */
export async function uninstallRedirect(run: RunCommand): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const backend of await installedBackends(run)) {
    const removed = await removeOurRules(new Iptables(backend, run));
    lines.push(
      `iptables (${backend}): ${removed ? 'the redirection is taken away' : 'there is no redirection'}`,
    );
  }
  return lines;
}

/** Connections that predate the rules would go on to IMDS. `conntrack` exits with 1 where there are none. */
async function dropConnections(run: RunCommand, ip: string, port: number, log: Logger): Promise<void> {
  try {
    const result = await run('conntrack', ['-D', '-p', 'tcp', '-d', ip, '--orig-port-dst', String(port)]);
    if (result.kind === 'missing')
      log.warn('--enable-conntrack-deletion: the program conntrack is not installed');
    else if (result.code > 1)
      log.warn(`conntrack exited with ${result.code}: ${result.stderr.trim().slice(0, 200)}`);
  } catch (error) {
    log.warn(`conntrack cannot be run: ${String(error)}`);
  }
}
