/**
 * What NMI does for its node at its beginning and its end.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Connection } from '@aad-pod-identity/kubernetes';
import type { Logger } from '@aad-pod-identity/program';
import type { LifecycleOptions } from '../nmi-options.js';
import { decideCleanup, type DaemonSetState } from './cleanup-decision.js';
import { followOwnDaemonSet, type OwnDaemonSet } from './own-daemon-set.js';
import { removeStartupTaint, startupTaint } from './startup-taint.js';

/** What {@link startLifecycle} works with. */
export interface LifecycleContext {
  readonly options: LifecycleOptions;
  readonly node: string;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** The beginning is made; the end is to come. */
export interface Lifecycle {
  /** Requests of pods reach NMI: takes the startup taint off, where asked to. */
  intercepting(): void;
  /** Whether the redirection is to go, as NMI stops. Never rejects. */
  removesRules(): Promise<boolean>;
  /** Resolves when what goes on in the background has ended. */
  readonly ended: () => Promise<void>;
}

/** Within the 30 s that Kubernetes gives a pod to stop, after the requests that are finished. */
const askMs = 2_000;

/** Starts it; what goes on in the background ends with `signal`. */
export function startLifecycle(context: LifecycleContext, signal: AbortSignal): Lifecycle {
  const { options, node, connection, clock, random, log } = context;
  const onTrouble = (message: string): void => log.warn(message);
  const onState = ({ kind }: DaemonSetState, name: string): void =>
    log.info(
      `the DaemonSet ${name} of NMI is ${kind}: the redirection ${kind === 'present' ? 'stays' : 'goes'} when NMI stops`,
    );
  const daemonSet =
    options.cleanup === 'auto' && options.pod !== undefined
      ? followOwnDaemonSet({ connection, clock, random, pod: options.pod, onTrouble, onState }, signal)
      : undefined;
  if (options.cleanup === 'auto' && daemonSet === undefined)
    log.info(`${notTold}: the redirection stays when NMI stops`);
  let untainted: Promise<void> = Promise.resolve();
  return {
    intercepting: () => {
      if (!options.startupTaint) return;
      untainted = removeStartupTaint({ connection, clock, node, onTrouble }, signal).then((removed) => {
        if (removed === true) log.info(`the taint ${startupTaint} is off node ${node}`);
      });
    },
    removesRules: async () => {
      const { watched, asked } = await whatIsKnown(daemonSet);
      const decision = decideCleanup(options.cleanup, watched, asked);
      log.info(`the redirection ${decision.remove ? 'goes' : 'stays'}: ${decision.because}`);
      return decision.remove;
    },
    ended: async () => {
      await Promise.all([daemonSet?.ended, untainted]);
    },
  };
}

const notTold = "NMI's own pod is not named (--pod-name, --pod-namespace, or POD_NAME and POD_NAMESPACE)";

async function whatIsKnown(
  daemonSet: OwnDaemonSet | undefined,
): Promise<{ readonly watched: DaemonSetState; readonly asked: DaemonSetState }> {
  if (daemonSet === undefined) {
    const unknown = { kind: 'unknown', why: notTold } as const;
    return { watched: unknown, asked: unknown };
  }
  const asked = await daemonSet.ask(askMs);
  return { watched: daemonSet.watched, asked };
}
