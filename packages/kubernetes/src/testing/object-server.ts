/**
 * A handler for {@link FakeConnection} that keeps objects with versions: get, create, replace, merge patch, delete, and
 * watch of one object by its name.
 */
import { isRecord } from '@aad-pod-identity/core';
import type { KubernetesRequest } from '../connection.js';
import { FakeStream, failure, type FakeAnswer } from './fake-connection.js';

/** An object of the API, loosely typed so that a test can look into it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type StoredJson = Record<string, any>;

export class ObjectServer {
  readonly objects = new Map<string, StoredJson>();
  /** Open watches by the path of their object. */
  readonly watches = new Map<string, FakeStream[]>();
  #version = 0;

  readonly handle = (request: KubernetesRequest): FakeAnswer => {
    const { method, path } = request;
    if (request.query?.['watch'] === true) return this.#watch(request);
    const stored = this.objects.get(path);
    const body = request.body as StoredJson;
    if (method === 'POST') {
      const target = `${path}/${body['metadata'].name}`;
      if (this.objects.has(target)) return failure(409, 'AlreadyExists');
      return { status: 201, body: this.put(target, body) };
    }
    if (stored === undefined) return failure(404, 'NotFound', `${path} not found`);
    switch (method) {
      case 'GET':
        return { body: stored };
      case 'PUT': {
        const version = body['metadata'].resourceVersion;
        if (version !== undefined && version !== stored['metadata'].resourceVersion)
          return failure(409, 'Conflict');
        return { body: this.put(path, body) };
      }
      case 'PATCH':
        return { body: this.put(path, merge(stored, body) as StoredJson) };
      case 'DELETE':
        this.remove(path);
        return { body: { kind: 'Status', status: 'Success' } };
    }
  };

  /** Stores an object under its path with a new version, as somebody else's write would. */
  put(path: string, object: StoredJson): StoredJson {
    const resourceVersion = String(++this.#version);
    const stored = { ...object, metadata: { uid: `uid-${path}`, ...object['metadata'], resourceVersion } };
    this.objects.set(path, stored);
    for (const stream of this.watches.get(path) ?? []) stream.push({ type: 'MODIFIED', object: stored });
    return stored;
  }

  /** Removes an object, as somebody's deletion would. */
  remove(path: string): void {
    const stored = this.objects.get(path);
    this.objects.delete(path);
    for (const stream of this.watches.get(path) ?? []) stream.push({ type: 'DELETED', object: stored });
  }

  #watch({ path, query }: KubernetesRequest): FakeAnswer {
    const target = `${path}/${String(query?.['fieldSelector']).replace('metadata.name=', '')}`;
    const stream = new FakeStream();
    this.watches.set(target, [...(this.watches.get(target) ?? []), stream]);
    const stored = this.objects.get(target);
    if (Number(stored?.['metadata'].resourceVersion) > Number(query?.['resourceVersion']))
      stream.push({ type: 'MODIFIED', object: stored });
    return { stream };
  }
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: StoredJson = isRecord(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = merge(merged[name], value);
  }
  return merged;
}
