import { JsonObject, isRecord, report, type Problems } from './json-object.js';
import type { ObjectKey } from './object-key.js';

/**
 * What every decoded object keeps of its metadata. Decoders copy its fields one by one: an object literal that begins
 * with a spread costs a hidden class an object in V8, which is more than the object itself.
 */
export interface ObjectMeta extends ObjectKey {
  /** Empty where the object was never in a cluster, as in a YAML file. */
  readonly uid: string;
  /** Empty where the object was never in a cluster. Opaque: compare for equality only. */
  readonly resourceVersion: string;
}

/** A name that is usable as a part of a key: no slash, no blank, at most 253 characters. */
const USABLE_NAME = /^[^/%\s]{1,253}$/;

/** Root and metadata of an untrusted object that has a usable name. */
export interface NamedObject {
  readonly root: JsonObject;
  readonly metadata: JsonObject;
  readonly meta: ObjectMeta;
}

/**
 * Reads root and metadata of an untrusted object.
 *
 * @param scope whether a namespace is needed; objects of a cluster scope get an empty one.
 * @returns undefined, with the problem reported, when the object has no usable name.
 */
export function readNamedObject(
  json: unknown,
  scope: 'namespaced' | 'cluster',
  problems: Problems,
): NamedObject | undefined {
  if (!isRecord(json)) {
    report(problems, '', 'is no object', 'write an object with apiVersion, kind, metadata and spec');
    return undefined;
  }
  const root = JsonObject.read(json, '', problems);
  const metadata = root.object('metadata');
  const name = metadata.text('name');
  const namespace = scope === 'namespaced' ? metadata.text('namespace') : '';
  const usable = checkName(name, 'metadata.name', problems);
  if (scope === 'namespaced' && !checkName(namespace, 'metadata.namespace', problems)) return undefined;
  if (!usable) return undefined;
  return {
    root,
    metadata,
    meta: { namespace, name, uid: metadata.text('uid'), resourceVersion: metadata.text('resourceVersion') },
  };
}

function checkName(name: string, path: string, problems: Problems): boolean {
  if (USABLE_NAME.test(name)) return true;
  report(
    problems,
    path,
    name === '' ? 'is missing' : 'is no valid name',
    'write lower-case letters, digits, "-" and "."',
  );
  return false;
}

/** Whether the object is being deleted and only waits for its finalizers. */
export function isDeleting(metadata: JsonObject): boolean {
  return metadata.text('deletionTimestamp') !== '';
}
