/**
 * The watches that MIC's knowledge of the cluster comes from: five kinds, into one index.
 *
 * @module
 */
import {
  formatProblem,
  type AzureAssignedIdentity,
  type AzureIdentity,
  type AzureIdentityBinding,
  type Clock,
  type Node,
  type Pod,
} from '@aad-pod-identity/core';
import {
  ListWatch,
  Store,
  WatchGroup,
  WatchTrouble,
  resourceName,
  type Connection,
  type Lister,
  type Resource,
} from '@aad-pod-identity/kubernetes';
import type {
  AssignmentEffect,
  AssignmentIndex,
  ClusterEvent,
  WatchedKind,
  WatchedKinds,
} from '@aad-pod-identity/matcher';
import { assignedIdentities, bindings, identities, nodes, podSelector, pods } from './watched-resources.js';

/** Options of {@link watchCluster}. */
export interface ClusterWatchOptions {
  readonly connection: Connection;
  readonly index: AssignmentIndex;
  readonly clock: Clock;
  readonly random: () => number;
  /** The kinds to watch; of others there is nothing. @default all five */
  readonly kinds?: ReadonlySet<WatchedKind>;
  /** Called with what each event changed. */
  readonly onEffect: (effect: AssignmentEffect) => void;
  /** A line for an operator: a watch that fails, an object that is wrong. */
  readonly onTrouble: (message: string) => void;
  /** An object that cannot be read, beside the line about it; `namespace` is empty for a node. */
  readonly onUnreadable?: (
    object: { readonly kind: string; readonly namespace: string; readonly name: string },
    why: string,
  ) => void;
  /** A fault of this program. */
  readonly onError: (error: unknown) => void;
}

/** Running watches. */
export interface ClusterWatch {
  readonly assigned: Store<AzureAssignedIdentity>;
  readonly identities: Lister<AzureIdentity>;
  readonly bindings: Lister<AzureIdentityBinding>;
  readonly pods: Lister<Pod>;
  readonly nodes: Lister<Node>;
  /** Resolves when every kind has brought its first complete list. */
  readonly synced: Promise<void>;
  /**
   * Lists every kind anew; resolves when all of these lists are in. A watch that has gone silent may have missed
   * something, and shows that only after a while.
   */
  relist(): Promise<void>;
  /** The kinds that have not, such as `pods`. */
  notSynced(): readonly string[];
  /** Milliseconds since the API server last spoke of the kind that has been silent longest. */
  ageMs(): number;
  /** Resolves when all watches have ended. */
  readonly ended: Promise<void>;
}

interface Running {
  readonly name: string;
  readonly listWatch: Pick<ListWatch<unknown>, 'hasSynced' | 'synced' | 'relist' | 'contactAgeMs'>;
  readonly ended: Promise<void>;
}

/** Starts the watches; they run until `signal` aborts. */
export function watchCluster(options: ClusterWatchOptions, signal: AbortSignal): ClusterWatch {
  const { connection, index, clock, random, onEffect, onTrouble, onError } = options;
  const running: Running[] = [];
  const trouble = new WatchTrouble(clock, onTrouble);
  const group = new WatchGroup();

  const watch = <Kind extends WatchedKind>(
    kind: Kind,
    resource: Resource<WatchedKinds[Kind]>,
    labelSelector?: string,
  ): Store<WatchedKinds[Kind]> => {
    const store = new Store<WatchedKinds[Kind]>({ onListenerError: onError });
    if (options.kinds?.has(kind) === false) return store;
    store.subscribe((change) => {
      const event =
        change.type === 'removed'
          ? { type: 'delete', kind, key: { namespace: '', ...change.old } }
          : { type: 'upsert', kind, object: change.new };
      onEffect(index.apply(event as ClusterEvent));
    });
    const listWatch = new ListWatch({
      connection,
      resource,
      store,
      clock,
      random,
      ...(labelSelector === undefined ? {} : { labelSelector }),
      onState: (state) => {
        trouble.note(resource, state);
        group.note(state);
      },
      onUndecodable: ({ object, problems }) => {
        const { namespace = '', name = '' } = object ?? {};
        const why = problems.map(formatProblem).join('; ');
        onTrouble(`${resource.kind}${name === '' ? '' : ` ${namespace}/${name}`} is left alone: ${why}`);
        options.onUnreadable?.({ kind: resource.kind, namespace, name }, why);
      },
    });
    group.add(listWatch);
    running.push({ name: resourceName(resource), listWatch, ended: listWatch.run(signal) });
    return store;
  };

  const watched = {
    nodes: watch('Node', nodes),
    identities: watch('AzureIdentity', identities),
    assigned: watch('AzureAssignedIdentity', assignedIdentities),
    bindings: watch('AzureIdentityBinding', bindings),
    pods: watch('Pod', pods, podSelector),
  };

  return {
    ...watched,
    synced: Promise.all(running.map(({ listWatch }) => listWatch.synced)).then(() => undefined),
    relist: () => Promise.all(running.map(({ listWatch }) => listWatch.relist())).then(() => undefined),
    notSynced: () => running.filter(({ listWatch }) => !listWatch.hasSynced).map(({ name }) => name),
    ageMs: () => Math.max(...running.map(({ listWatch }) => listWatch.contactAgeMs())),
    ended: Promise.all(running.map(({ ended }) => ended)).then(() => undefined),
  };
}
