/**
 * What keeps an object that has been deleted from going.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { arrayAt, objectAt } from '../json.js';

/** Whether finalizers hold the object; those of a namespace stand in its spec as well. */
export function isHeld({ apiVersion, kind, metadata, ...fields }: KubernetesObject): boolean {
  if ((metadata.finalizers ?? []).length > 0) return true;
  return (
    apiVersion === 'v1' && kind === 'Namespace' && arrayAt(objectAt(fields, 'spec'), 'finalizers').length > 0
  );
}

/** Whether a deleted object can go: nothing holds it, and its time to end gracefully is over. */
export function canGo(object: KubernetesObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0 && !isHeld(object);
}
