/**
 * The API of the cluster, as its administrator has it in hand.
 *
 * @module
 */
import type { Connection } from '@aad-pod-identity/kubernetes';
import { eventually, type Waiting } from '../../eventually.js';

/** An object of the cluster, as much of it as tests read without knowing its kind. */
export interface ClusterObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
    }[];
  };
  readonly [field: string]: unknown;
}

/** Which object. */
export interface Reference {
  readonly name: string;
  readonly namespace?: string;
}

const core = '/api/v1';
const apps = '/apis/apps/v1';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const own = '/apis/aadpodidentity.k8s.io/v1';

const kinds = {
  Namespace: [core, 'namespaces', false],
  Node: [core, 'nodes', false],
  Pod: [core, 'pods', true],
  Secret: [core, 'secrets', true],
  ConfigMap: [core, 'configmaps', true],
  ServiceAccount: [core, 'serviceaccounts', true],
  Event: [core, 'events', true],
  Endpoints: [core, 'endpoints', true],
  Service: [core, 'services', true],
  Deployment: [apps, 'deployments', true],
  DaemonSet: [apps, 'daemonsets', true],
  ReplicaSet: [apps, 'replicasets', true],
  Job: ['/apis/batch/v1', 'jobs', true],
  Lease: ['/apis/coordination.k8s.io/v1', 'leases', true],
  Role: [rbac, 'roles', true],
  RoleBinding: [rbac, 'rolebindings', true],
  ClusterRole: [rbac, 'clusterroles', false],
  ClusterRoleBinding: [rbac, 'clusterrolebindings', false],
  CustomResourceDefinition: ['/apis/apiextensions.k8s.io/v1', 'customresourcedefinitions', false],
  AzureIdentity: [own, 'azureidentities', true],
  AzureIdentityBinding: [own, 'azureidentitybindings', true],
  AzureAssignedIdentity: [own, 'azureassignedidentities', true],
  AzurePodIdentityException: [own, 'azurepodidentityexceptions', true],
} as const;

/** A kind that tests touch. */
export type Kind = keyof typeof kinds;

/** The API server said no. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What a deletion can ask for. */
export interface Deletion {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid: string };
}

/** What a list can ask for. */
export interface Selection {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Requests, each of them one. */
export class Cluster {
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  async get<T = ClusterObject>(kind: Kind, of: Reference): Promise<T | undefined> {
    try {
      return (await this.#send('GET', pathOf(kind, of))) as T;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async list<T = ClusterObject>(kind: Kind, { namespace, ...query }: Selection = {}): Promise<readonly T[]> {
    const path = pathOf(kind, namespace === undefined ? {} : { namespace });
    return ((await this.#send('GET', path, { query })) as { readonly items: readonly T[] }).items;
  }

  async create<T = ClusterObject>(object: ClusterObject): Promise<T> {
    const { namespace } = object.metadata;
    const path = pathOf(kindOf(object), namespace === undefined ? {} : { namespace });
    return (await this.#send('POST', path, { body: object })) as T;
  }

  /** Server-side apply, as `kubectl apply --server-side --force-conflicts`. */
  async apply(...objects: readonly ClusterObject[]): Promise<void> {
    for (const object of objects) {
      await this.#send('PATCH', pathOf(kindOf(object), object.metadata), {
        body: object,
        contentType: 'application/apply-patch+yaml',
        query: { fieldManager: 'e2e', force: 'true' },
      });
    }
  }

  /** JSON merge patch; `part` is `/status`, for instance. */
  async patch<T = ClusterObject>(kind: Kind, of: Reference, body: object, part = ''): Promise<T> {
    const contentType = 'application/merge-patch+json';
    return (await this.#send('PATCH', `${pathOf(kind, of)}${part}`, { body, contentType })) as T;
  }

  /** Posts to a part of an object: `/token`, `/binding`, `/eviction`. */
  async post<T>(kind: Kind, of: Reference, part: string, body: object): Promise<T> {
    return (await this.#send('POST', `${pathOf(kind, of)}${part}`, { body })) as T;
  }

  /** Deletes; an object that is gone already is fine. */
  async delete(kind: Kind, of: Reference, options: Deletion = {}): Promise<void> {
    try {
      await this.#send('DELETE', pathOf(kind, of), { body: options });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }

  /** Deletes and waits until the object is gone. */
  async deleteAndWait(
    kind: Kind,
    of: Reference,
    options: Deletion = {},
    waiting: Waiting = {},
  ): Promise<void> {
    const before = await this.get(kind, of);
    if (before === undefined) return;
    await this.delete(kind, of, options);
    const what = `${kind} ${of.namespace ?? ''}/${of.name} to be gone`;
    await eventually(
      what,
      async () => (await this.get(kind, of))?.metadata.uid !== before.metadata.uid,
      waiting,
    );
  }

  async #send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    options: {
      body?: object;
      contentType?: string;
      query?: Readonly<Record<string, string | undefined>>;
    } = {},
  ): Promise<unknown> {
    const response = await this.connection.request({ method, path, ...options });
    const body = await response.json();
    if (response.status < 300) return body;
    const { message } = body as { readonly message?: string };
    throw new ApiError(response.status, `${method} ${path}: ${response.status} ${message ?? ''}`);
  }
}

function kindOf({ kind = '', metadata }: ClusterObject): Kind {
  if (kind in kinds) return kind as Kind;
  throw new Error(`${metadata.name} is of a kind that tests do not know: ${kind}`);
}

function pathOf(kind: Kind, { name, namespace }: Partial<Reference>): string {
  const [api, plural, namespaced] = kinds[kind];
  const within = namespaced && namespace !== undefined ? `/namespaces/${namespace}` : '';
  return `${api}${within}/${plural}${name === undefined ? '' : `/${name}`}`;
}
