/**
 * What a kind of object is called in the API, and how its JSON becomes the part of it that a program keeps.
 *
 * @module
 */
import { isRecord, type Problem } from '@aad-pod-identity/core';

/** The outcome of decoding one untrusted object; what core's decoders return fits. */
export type DecodeResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * A kind of object. `decode` is also the projection: what it leaves out is never kept in memory.
 *
 * @example
 * const nodes: Resource<{ name: string; providerID: string }> = {
 *   group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false,
 *   decode: (json) => ({ ok: true, value: projectNode(json) }),
 * };
 */
export interface Resource<T> {
  /** The API group; `''` for the core group. */
  readonly group: string;
  readonly version: string;
  /** The plural as it stands in paths, such as `pods`. */
  readonly plural: string;
  /** The kind, such as `Pod`. */
  readonly kind: string;
  readonly namespaced: boolean;
  /** Decodes one object. Must not throw. */
  readonly decode: (json: unknown) => DecodeResult<T>;
}

/** Which object. `namespace` is absent or empty for cluster-scoped kinds. */
export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** The identity and version of an object, read from its `metadata` whatever its kind. */
export interface ObjectVersion extends ObjectName {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** An object that could not be decoded. */
export interface Undecodable {
  /** `plural.group`, such as `azureidentities.aadpodidentity.k8s.io`. */
  readonly resource: string;
  /** Which object; absent where not even its metadata could be read. */
  readonly object: ObjectVersion | undefined;
  readonly problems: readonly Problem[];
}

/** The key of an object in stores and queues: `namespace/name`, or `name` for a cluster-scoped one. */
export function objectKey(object: ObjectName): string {
  return (object.namespace ?? '') === '' ? object.name : `${object.namespace}/${object.name}`;
}

/** The name of a kind as the API server says it: `plural.group`, or `plural` in the core group. */
export function resourceName(resource: Pick<Resource<unknown>, 'group' | 'plural'>): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** The path of a collection (no `name`) or of one object. */
export function resourcePath(
  resource: Pick<Resource<unknown>, 'group' | 'version' | 'plural' | 'namespaced'>,
  where: { readonly namespace?: string | undefined; readonly name?: string | undefined } = {},
): string {
  const root =
    resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope =
    resource.namespaced && where.namespace !== undefined
      ? `/namespaces/${encodeURIComponent(where.namespace)}`
      : '';
  const name = where.name === undefined ? '' : `/${encodeURIComponent(where.name)}`;
  return `${root}${scope}/${resource.plural}${name}`;
}

/** Reads an object's identity and version, or `undefined` where its metadata is not what the API promises. */
export function objectVersion(json: unknown): ObjectVersion | undefined {
  const metadata = isRecord(json) ? json['metadata'] : undefined;
  if (!isRecord(metadata)) return undefined;
  const { namespace, name, uid, resourceVersion } = metadata;
  if (typeof name !== 'string' || name === '') return undefined;
  if (namespace !== undefined && typeof namespace !== 'string') return undefined;
  return {
    namespace: namespace === '' ? undefined : namespace,
    name,
    uid: typeof uid === 'string' ? uid : '',
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
  };
}

/** Which object it is, and what is known of exactly this version of it: that is not decoded once more. */
export function recognise<T>(
  json: unknown,
  known: ((version: ObjectVersion) => T | undefined) | undefined,
): { readonly version: ObjectVersion | undefined; readonly value: T | undefined } {
  const version = objectVersion(json);
  return { version, value: version === undefined ? undefined : known?.(version) };
}
