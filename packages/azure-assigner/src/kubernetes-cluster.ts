/**
 * {@link Cluster} over the Kubernetes API.
 *
 * @module
 */
import {
  ASSIGNED_IDENTITY_FINALIZER,
  GROUP_VERSION,
  encodeAssignedIdentity,
  type AssignedIdentityStatus,
  type AzureAssignedIdentity,
} from '@aad-pod-identity/core';
import {
  ResourceClient,
  type Connection,
  type EventRecorder,
  type ObjectVersion,
  type RequestOptions,
} from '@aad-pod-identity/kubernetes';
import type { Cluster } from './cluster.js';
import { removeAssignedIdentity } from './remove-assigned-identity.js';
import { assignedIdentities } from './watched-resources.js';

/** The kinds of writes, as the original's metrics name them. */
export const clusterOperations = [
  'assigned_identity_addition',
  'assigned_identity_update',
  'assigned_identity_deletion',
  'update_assigned_identity_status',
] as const;

/** One of {@link clusterOperations}. */
export type ClusterOperation = (typeof clusterOperations)[number];

/** Options of {@link kubernetesCluster}. */
export interface KubernetesClusterOptions {
  /** Where writes go: a `fencedConnection`, so that nothing is written once the lease is lost. */
  readonly connection: Connection;
  readonly events: Pick<EventRecorder, 'record'>;
  /** What the watch has told of exactly this version of an object. */
  readonly known?: (version: ObjectVersion) => AzureAssignedIdentity | undefined;
  /** Called for each write that failed. */
  readonly onError?: (operation: ClusterOperation) => void;
}

/** Makes a {@link Cluster} of an API server. */
export function kubernetesCluster(options: KubernetesClusterOptions): Cluster {
  const { connection, events, known, onError } = options;
  const client = new ResourceClient(connection, assignedIdentities, known === undefined ? {} : { known });
  const requests: RequestOptions = { timeoutMs: 30_000 };

  const counted = async <T>(operation: ClusterOperation, request: Promise<T>): Promise<T> => {
    try {
      return await request;
    } catch (error) {
      onError?.(operation);
      throw error;
    }
  };

  return {
    create: (assigned) =>
      counted('assigned_identity_addition', client.create(encodeAssignedIdentity(assigned), requests)),
    find: (namespace, name) => client.find({ namespace, name }, requests),
    replace: (assigned) =>
      counted('assigned_identity_update', client.replace(encodeAssignedIdentity(assigned), requests)),
    update: (assigned, { status, annotations = {}, conditions }) => {
      const changed: Record<string, string | null> = {};
      for (const [key, value] of Object.entries(annotations)) changed[key] = value ?? null;
      const metadata = {
        resourceVersion: assigned.resourceVersion,
        annotations: changed,
        ...finalizerOf(assigned, status),
      };
      // No status subresource: the state is written like any other field (docs/spec.md section 2).
      const patch = { metadata, status: { status, ...(conditions === undefined ? {} : { conditions }) } };
      return counted('update_assigned_identity_status', client.mergePatch(assigned, patch, requests));
    },
    remove: (assigned) =>
      counted('assigned_identity_deletion', removeAssignedIdentity(client, assigned, requests)),
    event({ kind, namespace, name, uid }, type, reason, message) {
      const apiVersion = kind === 'Pod' || kind === 'Node' ? 'v1' : GROUP_VERSION;
      const place = namespace === '' ? {} : { namespace };
      events.record(
        { apiVersion, kind, name, ...place, ...(uid === '' ? {} : { uid }) },
        type,
        reason,
        message,
        // Of what a restart would tell once more.
        { once: kind === 'Node' },
      );
    },
  };
}

/**
 * The finalizer is on whatever NMI may serve, or is to: somebody may have taken it off, or this process, which then had to
 * take the object up again. The API server adds none to an object that is being deleted.
 */
function finalizerOf(
  { finalizers, deleting }: AzureAssignedIdentity,
  status: AssignedIdentityStatus,
): { readonly finalizers?: readonly string[] } {
  if (status === 'Unassigned' || deleting || finalizers.includes(ASSIGNED_IDENTITY_FINALIZER)) return {};
  return { finalizers: [...finalizers, ASSIGNED_IDENTITY_FINALIZER] };
}
