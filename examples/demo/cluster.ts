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

function kind(name: string, plural: string, group = ''): Resource<ClusterObject> {
  return { group, version: 'v1', plural, kind: name, namespaced: name !== 'Namespace', decode };
}

const ownGroup = 'aadpodidentity.k8s.io';

/** The kinds that the demo writes and watches. */
export const kinds = {
  Namespace: kind('Namespace', 'namespaces'),
  Pod: kind('Pod', 'pods'),
  AzureIdentity: kind('AzureIdentity', 'azureidentities', ownGroup),
  AzureIdentityBinding: kind('AzureIdentityBinding', 'azureidentitybindings', ownGroup),
  AzureAssignedIdentity: kind('AzureAssignedIdentity', 'azureassignedidentities', ownGroup),
} as const;

/** A kind that the demo knows. */
export type Kind = keyof typeof kinds;

/** The cluster, as its user has it in hand: apply, delete, wait. */
export class Cluster implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #stop = new AbortController();
  readonly #watches = new Map<Kind, Promise<Store<ClusterObject>>>();
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
    const resource = kinds[manifest.kind as Kind];
    const body: KubernetesObject = manifest;
    await new ResourceClient(this.#connection, resource).create(body);
  }

  /** `kubectl delete`. */
  async delete(of: Kind, name: ObjectName): Promise<void> {
    await new ResourceClient(this.#connection, kinds[of]).delete(name);
  }

  /** Begins to watch a kind; from then on {@link until} hears of every state, also of one that lasts no time. */
  watch(of: Kind): Promise<Store<ClusterObject>> {
    const known = this.#watches.get(of);
    if (known !== undefined) return known;
    const store = new Store<ClusterObject>({
      onListenerError: (error) => {
        throw error;
      },
    });
    const listWatch = new ListWatch({
      connection: this.#connection,
      resource: kinds[of],
      store,
      clock: systemClock,
      random: () => Math.random(),
    });
    void listWatch.run(this.#stop.signal);
    const ready = listWatch.synced.then(() => store);
    this.#watches.set(of, ready);
    return ready;
  }

  /** `kubectl wait`: resolves with what `check` makes of the objects of a kind, once that is not `undefined`. */
  async until<T>(
    what: string,
    of: Kind,
    check: (objects: readonly ClusterObject[]) => T | undefined,
  ): Promise<T> {
    const store = await this.watch(of);
    return until(
      what,
      () => check([...store.list()]),
      (listener) => store.subscribe(listener),
      this.#patience,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#connection.close();
  }
}
