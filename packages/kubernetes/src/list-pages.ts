/**
 * Lists in pages, each decoded as it arrives, so that the whole of a large list is never in memory as JSON.
 *
 * @module
 */
import { isRecord } from '@aad-pod-identity/core';
import { requestJson } from './api-response.js';
import type { Connection } from './connection.js';
import { isKubernetesError, KubernetesError } from './kubernetes-error.js';
import {
  objectVersion,
  recognise,
  resourceName,
  resourcePath,
  type DecodeResult,
  type ObjectVersion,
  type Resource,
  type Undecodable,
} from './resource.js';
import type { StoredObject } from './store.js';

/** What to list, and how. */
export interface ListPagesOptions<T> {
  readonly connection: Connection;
  readonly resource: Resource<T>;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects in one page; 0 for everything at once. */
  readonly limit: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onUndecodable: (undecodable: Undecodable) => void;
  /** What is decoded already of exactly this version of an object: it is not decoded, and not in memory, once more. */
  readonly known?: (version: ObjectVersion) => T | undefined;
  /** Called when a page has arrived. */
  readonly onPage?: () => void;
}

/** One page. */
export interface Page<T> {
  /** The version of the whole list, the same on every page. */
  readonly resourceVersion: string;
  readonly objects: readonly StoredObject<T>[];
}

/**
 * The pages of one list.
 *
 * @throws KubernetesError `gone` where the list expired between two pages
 */
export async function* listPages<T>(options: ListPagesOptions<T>): AsyncGenerator<Page<T>, void> {
  const { connection, resource, namespace, labelSelector, fieldSelector, limit, timeoutMs, signal } = options;
  const path = resourcePath(resource, { namespace });
  let next: string | undefined;
  do {
    const body = await requestJson(connection, {
      method: 'GET',
      path,
      query: { labelSelector, fieldSelector, limit: limit > 0 ? limit : undefined, continue: next },
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    const metadata = isRecord(body) ? body['metadata'] : undefined;
    if (!isRecord(body) || !isRecord(metadata))
      throw new KubernetesError('bad-response', `GET ${path}: the answer is not a list`);
    const items: unknown = body['items'] ?? [];
    if (!Array.isArray(items))
      throw new KubernetesError('bad-response', `GET ${path}: the answer's items are not a list`);
    yield {
      resourceVersion: typeof metadata['resourceVersion'] === 'string' ? metadata['resourceVersion'] : '',
      objects: decodeAll(options, items),
    };
    next =
      typeof metadata['continue'] === 'string' && metadata['continue'] !== ''
        ? metadata['continue']
        : undefined;
  } while (next !== undefined);
}

/**
 * A whole list, projected. Where it expired between two pages it is asked for once more in one piece, which cannot.
 */
export async function listAll<T>(
  options: ListPagesOptions<T>,
): Promise<{ readonly resourceVersion: string; readonly objects: StoredObject<T>[] }> {
  try {
    return await collect(options);
  } catch (error) {
    if (options.limit === 0 || !isKubernetesError(error, 'gone')) throw error;
    return collect({ ...options, limit: 0 });
  }
}

async function collect<T>(
  options: ListPagesOptions<T>,
): Promise<{ resourceVersion: string; objects: StoredObject<T>[] }> {
  const objects: StoredObject<T>[] = [];
  let resourceVersion = '';
  for await (const page of listPages(options)) {
    options.onPage?.();
    resourceVersion = page.resourceVersion;
    objects.push(...page.objects);
  }
  return { resourceVersion, objects };
}

/** Decodes one object; `undefined`, after reporting it, where it does not decode. */
export function decodeObject<T>(
  resource: Resource<T>,
  json: unknown,
  onUndecodable: (undecodable: Undecodable) => void,
  version: ObjectVersion | undefined = objectVersion(json),
): StoredObject<T> | undefined {
  const decoded = decode(resource, json);
  if (decoded.ok && version !== undefined) return { ...version, value: decoded.value };
  const problems = decoded.ok
    ? [{ path: 'metadata.name', message: 'is missing', fix: 'every object of the API has one' }]
    : decoded.problems;
  onUndecodable({ resource: resourceName(resource), object: version, problems });
  return undefined;
}

/** A decoder with a mistake in it must not stop a list or a watch. */
function decode<T>(resource: Resource<T>, json: unknown): DecodeResult<T> {
  try {
    return resource.decode(json);
  } catch (error) {
    const message = `cannot be decoded: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, problems: [{ path: '', message, fix: 'report this as a defect' }] };
  }
}

function decodeAll<T>(options: ListPagesOptions<T>, items: readonly unknown[]): StoredObject<T>[] {
  const { resource, onUndecodable, known } = options;
  const objects: StoredObject<T>[] = [];
  for (const item of items) {
    const { version, value } = recognise(item, known);
    const object =
      version !== undefined && value !== undefined
        ? { ...version, value }
        : decodeObject(resource, item, onUndecodable, version);
    if (object !== undefined) objects.push(object);
  }
  return objects;
}
