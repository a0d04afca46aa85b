/**
 * The watches that feed a {@link ClusterView}: one a kind, only what this node needs.
 *
 * @module
 */
import { NODE_LABEL, type Clock, type ObjectKey } from '@aad-pod-identity/core';
import {
  ListWatch,
  resourceName,
  Store,
  WatchGroup,
  WatchTrouble,
  type Connection,
  type Resource,
  type Undecodable,
} from '@aad-pod-identity/kubernetes';
import type { ClusterEvent, MatchPolicy, WatchedKind, WatchedKinds } from '@aad-pod-identity/matcher';
import type { ClusterView } from './cluster-view.js';
import { assignedIdentities, bindings, exceptions, identities, pods } from './watched-kinds.js';

/** Options of {@link startClusterWatch}. */
export interface ClusterWatchOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: () => number;
  /** The node whose pods and assignments are watched. */
  readonly node: string;
  readonly mode: MatchPolicy['mode'];
  readonly view: ClusterView;
  /** A line for an operator: a watch that fails, an object that cannot be read. */
  readonly onTrouble: (message: string) => void;
  readonly onError: (error: unknown) => void;
  /** An identity changed or went: what is held of it is to be dropped. */
  readonly onIdentityGone: (uid: string) => void;
}

/** Running watches. */
export interface ClusterWatch {
  /** Whether each watch has brought its first complete list. */
  readonly hasSynced: boolean;
  /** The kinds that have not, such as `pods`. */
  notSynced(): readonly string[];
  /** Milliseconds since the API server last spoke of the kind that has been silent longest. */
  ageMs(): number;
  /** Resolves when all watches have ended. */
  readonly ended: Promise<void>;
}

/** Starts the watches; they run until `signal` aborts. */
export function startClusterWatch(options: ClusterWatchOptions, signal: AbortSignal): ClusterWatch {
  const { view, node, onIdentityGone } = options;
  const group = new WatchGroup();
  const trouble = new WatchTrouble(options.clock, options.onTrouble);
  const running: {
    readonly name: string;
    readonly listWatch: Pick<ListWatch<unknown>, 'hasSynced' | 'contactAgeMs'>;
    readonly ended: Promise<void>;
  }[] = [];

  const watch = <Kind extends WatchedKind>(
    resource: Resource<WatchedKinds[Kind]>,
    kind: Kind,
    selector: { readonly labelSelector?: string; readonly fieldSelector?: string } = {},
  ): Store<WatchedKinds[Kind]> => {
    const store = new Store<WatchedKinds[Kind]>({ onListenerError: options.onError });
    store.subscribe((change) => {
      if (change.type === 'removed') view.apply({ type: 'delete', kind, key: keyOfName(change.key) });
      else view.apply({ type: 'upsert', kind, object: change.new } as ClusterEvent);
    });
    const listWatch = new ListWatch({
      connection: options.connection,
      resource,
      store,
      clock: options.clock,
      random: options.random,
      ...selector,
      onState: (state) => {
        trouble.note(resource, state);
        group.note(state);
      },
      onUndecodable: (undecodable) => options.onTrouble(describeUndecodable(undecodable)),
    });
    group.add(listWatch);
    running.push({
      name: resourceName(resource),
      listWatch,
      ended: listWatch.run(signal),
    });
    return store;
  };

  watch(pods, 'Pod', { fieldSelector: `spec.nodeName=${node}` });
  watch(bindings, 'AzureIdentityBinding');
  watch(exceptions, 'AzurePodIdentityException');
  if (options.mode === 'standard') {
    watch(assignedIdentities, 'AzureAssignedIdentity', { labelSelector: `${NODE_LABEL}=${node}` });
  }
  watch(identities, 'AzureIdentity').subscribe((change) => {
    if (change.type === 'removed') onIdentityGone(change.old.uid);
  });

  return {
    get hasSynced(): boolean {
      return running.every(({ listWatch }) => listWatch.hasSynced);
    },
    notSynced: () => running.filter(({ listWatch }) => !listWatch.hasSynced).map(({ name }) => name),
    ageMs: () => Math.max(...running.map(({ listWatch }) => listWatch.contactAgeMs())),
    ended: Promise.all(running.map(({ ended }) => ended)).then(() => undefined),
  };
}

function keyOfName(key: string): ObjectKey {
  const [namespace = '', name = ''] = key.split('/', 2);
  return { namespace, name };
}

function describeUndecodable({ resource, object, problems }: Undecodable): string {
  const name = object === undefined ? '' : ` ${object.namespace ?? ''}/${object.name}`;
  return `${resource}${name} cannot be read and grants nothing: ${problems.map(({ path, message }) => `${path} ${message}`).join('; ')}`;
}
