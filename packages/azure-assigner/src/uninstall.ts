/**
 * `mic uninstall`: MIC stops, what it attached comes off or is listed, and its objects go, so that nothing is left that
 * waits for MIC. Detaching is MIC's own work of a term as the leader, in a cluster where no pod wants anything.
 *
 * @module
 */
import { aborted, objectKey, sleep, type Clock } from '@aad-pod-identity/core';
import {
  LeaderElector,
  fencedConnection,
  type Connection,
  type LeaderTerm,
  type RequestOptions,
} from '@aad-pod-identity/kubernetes';
import type { AssignmentEffect, AssignmentIndex } from '@aad-pod-identity/matcher';
import type { Logger } from '@aad-pod-identity/program';
import { attachedByMic, describeLeftovers } from './attached-by-mic.js';
import type { ClusterWatch } from './cluster-watch.js';
import { listHeld, releaseHeld } from './held-objects.js';
import { describeLeader } from './leadership.js';
import { leaseSettings } from './lease-settings.js';
import type { MicOptions } from './mic-options.js';
import type { MicTerm } from './mic-term.js';
import { messageOf } from './reconcile-failure.js';
import { stopDeployment } from './stop-deployment.js';

/** What {@link uninstall} works with. */
export interface UninstallParts {
  readonly options: MicOptions;
  readonly connection: Connection;
  /** To be filled by the watch; no pod has a part in it. */
  readonly index: AssignmentIndex;
  /** Starts watching nodes and AzureAssignedIdentities, and nothing else. */
  readonly watch: (onEffect: (effect: AssignmentEffect) => void, signal: AbortSignal) => ClusterWatch;
  /** Begins MIC's work in a term; undefined: what is attached is listed, and Azure is not asked for anything. */
  readonly begin: ((term: LeaderTerm, watch: ClusterWatch) => MicTerm) | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly print: (text: string) => void;
}

const requests: RequestOptions = { timeoutMs: 30_000 };
const lookMs = 200;
const mostNamed = 10;

/**
 * Uninstalls, until that is done, its time is up or `stop` aborts.
 *
 * @returns the exit code: 0 where no AzureAssignedIdentity is left, else 1
 * @throws KubernetesError where MIC's Deployment may not be scaled, or the API server does not answer
 */
export async function uninstall(parts: UninstallParts, stop: AbortSignal): Promise<number> {
  const { options, connection, clock, print } = parts;
  const { deployment, timeoutMs } = options.uninstall;
  if (deployment !== undefined) {
    const stopped = await stopDeployment(connection, deployment, requests);
    const name = `the Deployment ${deployment.namespace}/${deployment.name}`;
    print(stopped ? `${name} is scaled to 0\n` : `there is no ${name.slice(4)}\n`);
  }
  const before = await listHeld(connection, requests);
  if (before === undefined) {
    print('the cluster has no definition of AzureAssignedIdentity: nothing is left to be released\n');
    return 0;
  }
  const ending = new AbortController();
  const signal = AbortSignal.any([stop, ending.signal]);
  sleep(clock, timeoutMs, signal).then(
    () => ending.abort(),
    () => undefined,
  );
  await lead(parts, () => ending.abort(), signal);
  ending.abort();
  const left = (await listHeld(connection, requests)) ?? [];
  if (left.length === 0) {
    print(`released: ${count(before.length)}; none is left\n`);
    return 0;
  }
  const named = left.slice(0, mostNamed).map(objectKey).join(', ');
  print(
    `${count(left.length)} left: ${named}${left.length > mostNamed ? ', …' : ''}\nwhy stands in the log. Run it again, or with --attached=list, which lists what is attached and needs nothing of Azure\n`,
  );
  return 1;
}

function count(objects: number): string {
  return objects === 1 ? '1 AzureAssignedIdentity' : `${objects} AzureAssignedIdentities`;
}

/** Waits until MIC has gone, and works in its place. Resolves when that is done or `signal` aborts. */
async function lead(parts: UninstallParts, done: () => void, signal: AbortSignal): Promise<void> {
  const { options, connection, index, clock, log, print } = parts;
  let running: MicTerm | undefined;
  let said = '';
  const watch = parts.watch((effect) => running?.controller.changed(effect), signal);
  const elector = new LeaderElector({
    ...leaseSettings(parts),
    // Never the name under which a MIC leads.
    identity: `${options.instance}-uninstall`,
    lead: async (term) => {
      const over = AbortSignal.any([term.leading, term.stopping]);
      await Promise.race([watch.relist(), aborted(over)]);
      if (over.aborted) return;
      if (parts.begin === undefined) {
        const text = describeLeftovers(attachedByMic(index));
        if (text !== said) print((said = text));
      } else {
        running = parts.begin(term, watch);
        while (watch.assigned.size > 0 && !over.aborted)
          await sleep(clock, lookMs, over).catch(() => undefined);
        if (!term.leading.aborted) await running.windUp();
        await running.end(new Error('the work of this term has ended'));
        running = undefined;
      }
      if (over.aborted) return;
      // Those that cannot be read, and with --attached=list all.
      await releaseHeld(fencedConnection(connection, term), requests);
      done();
    },
    onWorkError: (error) => log.warn(`${messageOf(error)}; trying again`),
    onState: (state) => {
      if (state.kind !== 'lost' && state.kind !== 'stopped') log.info(describeLeader(state));
    },
  });
  await elector.run(signal);
  await watch.ended;
}
