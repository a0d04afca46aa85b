/**
 * Small Kubernetes plumbing for controllers: connection, typed list/watch into an indexed store, work queue, leader
 * lease, events.
 *
 * @module
 */
export { doublingDelay, type BackoffBounds } from './backoff.js';
export type { Connection, KubernetesRequest, KubernetesResponse } from './connection.js';
export {
  EventRecorder,
  type DroppedEvent,
  type EventRecorderOptions,
  type ObjectReference,
} from './event-recorder.js';
export { fencedConnection } from './fenced-connection.js';
export {
  isKubernetesError,
  KubernetesError,
  toKubernetesError,
  type KubernetesErrorCode,
  type KubernetesErrorOptions,
} from './kubernetes-error.js';
export { LeaderElector, type LeaderElectorOptions, type LeaderState } from './leader-election.js';
export type { LeaderTerm } from './leader-term.js';
export type { ListWatchState } from './list-watch-state.js';
export { ListWatch, type ListWatchOptions } from './list-watch.js';
export { loadConnection, type LoadConnectionOptions } from './load-connection.js';
export {
  ResourceClient,
  type DeleteOptions,
  type JsonPatchOperation,
  type KubernetesObject,
  type ListOptions,
  type RequestOptions,
  type ResourceClientOptions,
} from './resource-client.js';
export {
  objectKey,
  resourceName,
  resourcePath,
  type DecodeResult,
  type ObjectName,
  type ObjectVersion,
  type Resource,
  type Undecodable,
} from './resource.js';
export {
  Store,
  type Indexer,
  type Lister,
  type StoreChange,
  type StoredObject,
  type StoreOptions,
} from './store.js';
export { WatchGroup } from './watch-group.js';
export { WatchTrouble } from './watch-trouble.js';
export { WorkQueue, type QueueDepth, type WorkQueueOptions, type WorkResult } from './work-queue.js';
