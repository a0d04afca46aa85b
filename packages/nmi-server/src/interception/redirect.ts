/**
 * The redirection as NMI runs it: which backend, what is said about it, and how it is taken away.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Logger } from '@aad-pod-identity/program';
import type { RedirectOptions } from '../nmi-options.js';
import { chooseBackend } from './choose-backend.js';
import type { RunCommand } from './command.js';
import { OldConnections } from './connections.js';
import type { FollowCommand } from './follow-command.js';
import { InterceptionLog } from './interception-log.js';
import { Interceptor, pollMs, type InterceptionEvent } from './interceptor.js';
import { familyOf } from './nat-rules.js';
import { removeRulesEverywhere } from './remove-rules.js';
import { watchRules } from './rule-watch.js';

/** What {@link startRedirect} works with. */
export interface RedirectContext {
  readonly options: RedirectOptions;
  readonly metadataIp: string;
  readonly metadataPort: number;
  /** The port that NMI listens on. */
  readonly port: number;
  readonly clock: Clock;
  readonly run: RunCommand;
  readonly follow: FollowCommand;
  readonly log: Logger;
  /** Called each time that the rules had to be put in place. */
  readonly onInstalled: () => void;
}

/** A redirection that is kept in place. */
export interface Redirect {
  /** Resolves when the rules are in place for the first time. */
  readonly established: Promise<void>;
  /** Why requests are not redirected to NMI, or nothing where they are. */
  problem(): string | undefined;
  /** Ends the checks, and takes the rules away where asked to. Never rejects. */
  stop(removeRules: boolean): Promise<void>;
}

/** Puts the redirection in place; resolves after the first attempt, which goes on where it failed. */
export async function startRedirect(context: RedirectContext): Promise<Redirect> {
  const { options, metadataIp, metadataPort, port, clock, run, follow, log } = context;
  const { targetIp, intervalMs } = options;
  const redirection = { metadataIp, metadataPort, targetIp, targetPort: port };
  const backend =
    options.backend === 'auto' ? await chooseBackend(run, familyOf(metadataIp)) : options.backend;
  const lines = new InterceptionLog(
    log,
    clock,
    `requests to ${hostPort(metadataIp, metadataPort)} are redirected to ${hostPort(targetIp, port)} (iptables, backend ${backend})`,
  );
  const connections = new OldConnections({
    clock,
    run,
    metadataIp,
    metadataPort,
    onTrouble: (message) => log.warn(message),
  });
  let establish: () => void = () => undefined;
  const established = new Promise<void>((resolve) => (establish = resolve));
  const onEvent = (event: InterceptionEvent): void => {
    lines.tell(event);
    if (event.kind !== 'in-place') return;
    establish();
    if (event.defect !== undefined) context.onInstalled();
    if (options.deleteConnections) void connections.drop();
  };
  if (backend === 'legacy')
    log.info(
      `iptables-legacy tells nobody of changes: the rules are looked at every ${Math.min(pollMs, intervalMs) / 1_000} s`,
    );
  const interceptor = new Interceptor({
    clock,
    run,
    backend,
    redirection,
    intervalMs,
    onEvent,
    ...(backend === 'legacy' ? {} : { watch: (hearing) => watchRules({ clock, follow, ...hearing }) }),
  });
  await interceptor.start();
  return {
    established,
    problem: () => {
      if (interceptor.inPlace) return undefined;
      const { failure } = interceptor;
      return `requests are not redirected to NMI${failure === undefined ? '' : `: ${failure}`}`;
    },
    stop: async (removeRules) => {
      await interceptor.stop();
      connections.stop();
      if (!removeRules) {
        log.info('the redirection stays: until NMI is back, pods get no answer from IMDS');
        return;
      }
      for (const { where, outcome } of await removeRulesEverywhere(run)) {
        if (outcome === 'removed') log.info(`${where}: the redirection is taken away`);
        else if (outcome !== 'none')
          log.error(
            `${where}: the redirection could not be taken away: ${outcome.failed.message}; run "nmi uninstall" on the node`,
          );
      }
    },
  };
}

function hostPort(ip: string, port: number): string {
  return familyOf(ip) === 'ipv4' ? `${ip}:${port}` : `[${ip}]:${port}`;
}
