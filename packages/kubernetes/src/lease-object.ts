/**
 * One Lease of the API: reading, writing and watching it. What it means is the lock's to know.
 *
 * @module
 */
import { isRecord, type Clock } from '@aad-pod-identity/core';
import { requestJson } from './api-response.js';
import type { Connection } from './connection.js';
import { isKubernetesError } from './kubernetes-error.js';
import { resourcePath, type Resource } from './resource.js';
import { runWatch } from './watch-stream.js';

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** Which Lease, and how long one request about it may take. */
export interface LeaseObjectOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  /** Milliseconds. */
  readonly timeoutMs: number;
}

const leases: Resource<unknown> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
  decode: (value) => ({ ok: true, value }),
};

/** The server ends a watch after this time; the next one follows. */
const watchSeconds = 300;
/** Servers send a bookmark each minute, and holders renew within seconds. */
const watchSilenceMs = 90_000;

/** The Lease. Methods reject with a `KubernetesError` where the API server could not be asked. */
export class LeaseObject {
  readonly #options: LeaseObjectOptions;

  constructor(options: LeaseObjectOptions) {
    this.#options = options;
  }

  /** `undefined` where there is none. */
  async read(signal?: AbortSignal): Promise<Fields | undefined> {
    const { connection, namespace, name, timeoutMs } = this.#options;
    const path = resourcePath(leases, { namespace, name });
    try {
      return fieldsOf(await requestJson(connection, { method: 'GET', path, timeoutMs, ...given(signal) }));
    } catch (error) {
      if (isKubernetesError(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /**
   * Writes `spec` over `lease`, and only over that version of it; `undefined` creates the object.
   *
   * @throws KubernetesError `conflict` or `already-exists` where another was quicker
   */
  async write(lease: Fields | undefined, spec: Fields, signal?: AbortSignal): Promise<Fields> {
    const { connection, namespace, name, timeoutMs } = this.#options;
    const made = { apiVersion: 'coordination.k8s.io/v1', kind: leases.kind, metadata: { namespace, name } };
    const answer = await requestJson(connection, {
      ...(lease === undefined
        ? { method: 'POST', path: resourcePath(leases, { namespace }) }
        : { method: 'PUT', path: resourcePath(leases, { namespace, name }) }),
      body: { ...(lease ?? made), spec },
      timeoutMs,
      ...given(signal),
    });
    return fieldsOf(answer);
  }

  /**
   * Tells of each change after `lease`; `undefined`: it is deleted. Resolves when the server ends the watch.
   *
   * @throws KubernetesError where it cannot be watched
   */
  async watch(
    lease: Fields,
    onChange: (lease: Fields | undefined) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { connection, clock, namespace, name } = this.#options;
    const version = fieldsOf(lease['metadata'])['resourceVersion'];
    await runWatch({
      connection,
      resource: leases,
      clock,
      namespace,
      fieldSelector: `metadata.name=${name}`,
      resourceVersion: typeof version === 'string' ? version : '',
      timeoutSeconds: watchSeconds,
      inactivityMs: watchSilenceMs,
      signal,
      onOpen: () => undefined,
      onEvent: ({ type, object }) => {
        if (type !== 'BOOKMARK') onChange(type === 'DELETED' ? undefined : fieldsOf(object));
      },
    });
  }
}

function fieldsOf(json: unknown): Fields {
  return isRecord(json) ? json : {};
}

function given(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
