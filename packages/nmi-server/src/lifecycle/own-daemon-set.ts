/**
 * NMI's own DaemonSet: found through NMI's own pod, watched, and asked for once more at the end.
 *
 * @module
 */
import { sleep, type Clock } from '@aad-pod-identity/core';
import {
  isKubernetesError,
  ListWatch,
  ResourceClient,
  Store,
  toKubernetesError,
  type Connection,
  type ListWatchState,
} from '@aad-pod-identity/kubernetes';
import type { DaemonSetState } from './cleanup-decision.js';
import { daemonSets, ownedPods, type DaemonSet } from './lifecycle-kinds.js';

interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** Options of {@link followOwnDaemonSet}. */
export interface OwnDaemonSetOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: () => number;
  /** NMI's own pod. */
  readonly pod: PodName;
  /** A line for an operator. */
  readonly onTrouble: (message: string) => void;
  /** The watch brought something else than before. */
  readonly onState: (state: DaemonSetState, daemonSet: string) => void;
}

/** The DaemonSet, followed. */
export interface OwnDaemonSet {
  /** What the watch last brought. */
  readonly watched: DaemonSetState;
  /** Asks the API server now, for at most `ms` milliseconds. Never rejects. */
  ask(ms: number): Promise<DaemonSetState>;
  /** Resolves when following has ended. */
  readonly ended: Promise<void>;
}

const retryPodMs = 10_000;
/** Not so often that NMIs without the permission are felt by the API server. */
const longestBackoffMs = 60_000;

/** Follows it until `signal` aborts. Never rejects. */
export function followOwnDaemonSet(options: OwnDaemonSetOptions, signal: AbortSignal): OwnDaemonSet {
  const { connection, clock, random, pod, onTrouble } = options;
  const podClient = new ResourceClient(connection, ownedPods);
  const client = new ResourceClient(connection, daemonSets);
  let watched: DaemonSetState = unknown('the API server has not been heard yet');
  /** `null`: the pod belongs to no DaemonSet. */
  let name: string | null | undefined;
  let said: string | undefined;
  const trouble = (message: string): void => {
    if (message === said) return;
    said = message;
    onTrouble(`${message}; until that is known, the redirection stays when NMI stops`);
  };

  const findName = async (timeoutMs: number): Promise<string | null> => {
    name ??= (await podClient.get(pod, { signal, timeoutMs })).daemonSet ?? null;
    return name;
  };
  const watch = async (daemonSet: string): Promise<void> => {
    const store = new Store<DaemonSet>({ onListenerError: (error) => trouble(String(error)) });
    const look = (): void => {
      const [object] = store.list();
      const state: DaemonSetState = object === undefined ? { kind: 'gone' } : stateOf(object);
      if (state.kind === watched.kind) return;
      watched = state;
      options.onState(state, `${pod.namespace}/${daemonSet}`);
    };
    store.subscribe(look);
    const onState = (state: ListWatchState): void => {
      if (state.kind === 'retrying')
        trouble(`cannot watch the DaemonSet ${pod.namespace}/${daemonSet} of NMI: ${state.error.message}`);
      // A store that was never filled by a complete list tells nothing.
      if (state.kind === 'connecting') look();
    };
    await new ListWatch({
      connection,
      resource: daemonSets,
      store,
      clock,
      random,
      namespace: pod.namespace,
      fieldSelector: `metadata.name=${daemonSet}`,
      maxBackoffMs: longestBackoffMs,
      onState,
    }).run(signal);
  };
  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const daemonSet = await findName(30_000);
        if (daemonSet !== null) return await watch(daemonSet);
        watched = noOwner(pod);
        return trouble(noOwner(pod).why);
      } catch (error) {
        watched = unknown(toKubernetesError(error).message);
        if (!signal.aborted)
          trouble(
            `cannot read NMI's own pod ${pod.namespace}/${pod.name}: ${toKubernetesError(error).message}`,
          );
      }
      await sleep(clock, retryPodMs, signal).catch(() => undefined);
    }
  };

  const ask = async (ms: number): Promise<DaemonSetState> => {
    try {
      const until = clock.monotonic() + ms;
      const daemonSet = await findName(ms);
      if (daemonSet === null) return noOwner(pod);
      const timeoutMs = Math.max(1, until - clock.monotonic());
      return stateOf(await client.get({ namespace: pod.namespace, name: daemonSet }, { timeoutMs }));
    } catch (error) {
      // Whatever stands between may answer 404 too; the API server says of what.
      if (isKubernetesError(error, 'not-found') && error.reason === 'NotFound' && typeof name === 'string')
        return { kind: 'gone' };
      return unknown(toKubernetesError(error).message);
    }
  };
  return {
    get watched(): DaemonSetState {
      return watched;
    },
    ask,
    ended: follow(),
  };
}

type Unknown = Extract<DaemonSetState, { kind: 'unknown' }>;

function unknown(why: string): Unknown {
  return { kind: 'unknown', why };
}

function noOwner(pod: PodName): Unknown {
  return unknown(`NMI's own pod ${pod.namespace}/${pod.name} belongs to no DaemonSet`);
}

function stateOf({ beingDeleted }: DaemonSet): DaemonSetState {
  return { kind: beingDeleted ? 'being-deleted' : 'present' };
}
