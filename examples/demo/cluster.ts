import {
  ListWatch,
  loadConnection,
  ResourceClient,
  Store,
  type Connection,
  type KubernetesObject,
  type ObjectName,
  type Resource,
} from '@aad-pod-identity/kubernetes';
import { systemClock } from '@aad-pod-identity/program';
import { until, type Patience } from './condition.js';
import type { Manifest } from './manifest-files.js';

/** A Kubernetes object, as much of it as the demo reads. */
export interface ClusterObject {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

const decode = (json: unknown): { ok: true; value: ClusterObject } => ({
  ok: true,
  value: json as ClusterObject,
});

function kind(name: string, plural: string, group = '', namespaced = true): Resource<ClusterObject> {
  return { group, version: 'v1', plural, kind: name, namespaced, decode };
}

const ownGroup = 'aadpodidentity.k8s.io';

/** The kinds that the demo writes and watches. */
export const kinds = {
  Namespace: kind('Namespace', 'namespaces', '', false),
  Node: kind('Node', 'nodes', '', false),
  Pod: kind('Pod', 'pods'),
  AzureIdentity: kind('AzureIdentity', 'azureidentities', ownGroup),
  AzureIdentityBinding: kind('AzureIdentityBinding', 'azureidentitybindings', ownGroup),
  AzureAssignedIdentity: kind('AzureAssignedIdentity', 'azureassignedidentities', ownGroup),
} as const;

/** A kind that the demo knows. */
export type Kind = keyof typeof kinds;

/** What a watch has brought: the objects as they are, and every state that was seen, in order. */
export interface Watched {
  readonly objects: readonly ClusterObject[];
  readonly seen: readonly ClusterObject[];
}

interface Watch {
  readonly store: Store<ClusterObject>;
  readonly seen: ClusterObject[];
  readonly synced: Promise<void>;
}

/** The cluster, as its user has it in hand: create, delete, wait. */
export class Cluster implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #stop = new AbortController();
  readonly #watches = new Map<Kind, Watch>();
  readonly #patience: Patience;

  private constructor(connection: Connection, patience: Patience) {
    this.#connection = connection;
    this.#patience = patience;
  }

  /** Connects by a kubeconfig. Every wait ends by `patience`. */
  static async connect(kubeconfig: string, patience: Patience): Promise<Cluster> {
    const connection = await loadConnection({
      kubeconfig,
      env: {},
      clock: systemClock,
      userAgent: 'aad-pod-identity-demo-runner',
    });
    return new Cluster(connection, patience);
  }

  /** `kubectl create -f`. */
  async create(manifest: Manifest): Promise<void> {
    const body: KubernetesObject = manifest;
    await new ResourceClient(this.#connection, kinds[manifest.kind as Kind]).create(body);
  }

  /** `kubectl delete`. */
  async delete(of: Kind, name: ObjectName): Promise<void> {
    await new ResourceClient(this.#connection, kinds[of]).delete(name);
  }

  /** `kubectl cordon`, for every node but one. */
  async cordonAllBut(node: string): Promise<void> {
    const nodes = new ResourceClient(this.#connection, kinds.Node);
    for await (const { metadata } of nodes.list()) {
      if (metadata.name !== node) await nodes.mergePatch(metadata, { spec: { unschedulable: true } });
    }
  }

  /** Begins to watch a kind; from then on no state of its objects is missed. */
  async watch(of: Kind): Promise<void> {
    await this.#watch(of).synced;
  }

  /** `kubectl wait`: resolves with what `check` makes of the objects of a kind, once that is not `undefined`. */
  async until<T>(what: string, of: Kind, check: (watched: Watched) => T | undefined): Promise<T> {
    const { store, seen } = this.#watch(of);
    return until(
      what,
      () => check({ objects: [...store.list()], seen }),
      (listener) => store.subscribe(listener),
      this.#patience,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#connection.close();
  }

  #watch(of: Kind): Watch {
    const known = this.#watches.get(of);
    if (known !== undefined) return known;
    const seen: ClusterObject[] = [];
    const store = new Store<ClusterObject>({
      onListenerError: (error) => {
        throw error;
      },
    });
    store.subscribe((change) => {
      if (change.new !== undefined) seen.push(change.new);
    });
    const listWatch = new ListWatch({
      connection: this.#connection,
      resource: kinds[of],
      store,
      clock: systemClock,
      random: () => Math.random(),
    });
    void listWatch.run(this.#stop.signal);
    const watch: Watch = { store, seen, synced: listWatch.synced };
    this.#watches.set(of, watch);
    return watch;
  }
}
