/**
 * Deletion: at once, or first a mark while finalizers or a grace period hold the object.
 *
 * @module
 */
import { type KubernetesObject, type ObjectKey, timestamp } from '../api-object.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { conflict, notFound } from '../status-error.js';
import { StoredObject } from '../store/stored-object.js';
import { isHeld } from './deletion-state.js';
import { type Server } from './server.js';

/** How a deletion is done. A propagation policy is accepted and means nothing: there is no garbage collector. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number | undefined;
  readonly preconditions?:
    { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined } | undefined;
  readonly dryRun?: boolean | undefined;
}

/** What a deletion led to. */
export interface Deletion {
  /** Whether the object is gone; otherwise it is marked and stays until its finalizers, or its node, let it go. */
  readonly gone: boolean;
  /** The object as it last was. */
  readonly stored: StoredObject;
}

/**
 * Deletes an object.
 *
 * @throws StatusError 404, 409 (a precondition does not hold)
 */
export function deleteObject(
  server: Server,
  definition: ResourceDefinition,
  key: ObjectKey,
  options: DeleteOptions,
): Deletion {
  const collection = server.store.collection(definition.storage);
  const stored = collection.get(key.namespace ?? '', key.name);
  if (stored === undefined) throw notFound(definition, key.name);
  checkPreconditions(definition, stored, options);
  const marked = mark(server, definition, stored.object, options);
  if (marked === undefined) {
    if (options.dryRun !== true) server.store.remove(collection, stored);
    return { gone: true, stored };
  }
  if (marked === stored.object) return { gone: false, stored };
  const next =
    options.dryRun === true
      ? new StoredObject(marked, stored.revision)
      : server.store.put(collection, marked);
  return { gone: false, stored: next };
}

function checkPreconditions(
  definition: ResourceDefinition,
  stored: StoredObject,
  options: DeleteOptions,
): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const found = stored.object.metadata;
  const resource = { group: definition.group, plural: definition.kind };
  if (uid !== undefined && uid !== found.uid) {
    const cause = `the UID in the precondition (${uid}) does not match the UID in record (${found.uid ?? ''}). The object might have been deleted and then recreated`;
    throw conflict(resource, stored.name, cause);
  }
  if (resourceVersion !== undefined && resourceVersion !== String(stored.revision)) {
    const cause = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${stored.revision}). The object might have been modified`;
    throw conflict(resource, stored.name, cause);
  }
}

/** The object with its mark, the object itself where it bears it already, or `undefined` where it can go. */
function mark(
  server: Server,
  definition: ResourceDefinition,
  object: KubernetesObject,
  options: DeleteOptions,
): KubernetesObject | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds: grace = 0 } = object.metadata;
  const now = server.clock.now();
  const { gracePeriodSeconds } = options;
  const asked = gracePeriodSeconds === undefined ? undefined : Math.max(0, gracePeriodSeconds);
  if (deletionTimestamp === undefined) {
    const period = definition.strategy.gracePeriod?.(object, asked);
    if (period === undefined && !isHeld(object)) return undefined;
    return firstMark(definition, object, now, period ?? 0);
  }
  // Once deleted, an object can only be given less time.
  if (grace > 0 && (asked === undefined || asked >= grace)) return object;
  if (grace > 0 && asked !== undefined && asked > 0) {
    const end = Date.parse(deletionTimestamp) - (grace - asked) * 1000;
    return end < now ? withMark(object, now, 1) : withMark(object, end, asked);
  }
  if (!isHeld(object)) return undefined;
  return grace === 0 ? object : withMark(object, now, 0);
}

function firstMark(
  { strategy }: ResourceDefinition,
  object: KubernetesObject,
  now: number,
  period: number,
): KubernetesObject {
  const marked = withMark(object, now + period * 1000, period);
  if (marked.metadata.generation !== undefined) marked.metadata.generation += 1;
  strategy.markDeleted?.(marked);
  return marked;
}

/** A copy that is to go at `end`. */
function withMark(object: KubernetesObject, end: number, period: number): KubernetesObject {
  const mark = { deletionTimestamp: timestamp(end), deletionGracePeriodSeconds: period };
  return { ...object, metadata: { ...object.metadata, ...mark } };
}
