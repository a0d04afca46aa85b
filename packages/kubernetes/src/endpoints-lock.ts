/**
 * The lock of the original MIC: an annotation on an Endpoints object. It is only read here.
 *
 * @module
 */
import { isRecord, type Clock } from '@aad-pod-identity/core';
import { requestJson } from './api-response.js';
import type { Connection } from './connection.js';
import { isKubernetesError } from './kubernetes-error.js';
import { resourcePath } from './resource.js';

/** Which lock. */
export interface EndpointsLockOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  readonly leaseDurationMs: number;
}

const annotation = 'control-plane.alpha.kubernetes.io/leader';
const endpoints = { group: '', version: 'v1', plural: 'endpoints', namespaced: true };
/** A record last renewed this long ago by the wall clock is a leftover even at first sight: no two clocks differ so. */
const leftoverMs = 600_000;

/** Watches whether the lock is held and fresh, by the monotonic time of the changes seen. */
export class EndpointsLock {
  readonly #options: EndpointsLockOptions;
  #seen: { readonly record: string; readonly at: number } | undefined;

  constructor(options: EndpointsLockOptions) {
    this.#options = options;
  }

  /**
   * Who holds the lock, and for how long that counts unless it renews; `undefined` where it is free or stale.
   *
   * @throws KubernetesError where it cannot be read
   */
  async heldBy(
    signal: AbortSignal,
  ): Promise<{ readonly holder: string; readonly freshForMs: number } | undefined> {
    const record = await this.#read(signal);
    if (record === undefined) return undefined;
    const { clock, leaseDurationMs } = this.#options;
    const now = clock.monotonic();
    const { holder, durationMs, renewedAt } = parseRecord(record);
    if (holder === '') return undefined;
    if (this.#seen?.record !== record) {
      const leftover = this.#seen === undefined && clock.now() - renewedAt > leftoverMs;
      this.#seen = { record, at: leftover ? -Infinity : now };
    }
    const freshForMs = this.#seen.at + Math.max(durationMs, leaseDurationMs) - now;
    return freshForMs > 0 ? { holder, freshForMs } : undefined;
  }

  async #read(signal: AbortSignal): Promise<string | undefined> {
    const { connection, namespace, name, leaseDurationMs } = this.#options;
    let object: unknown;
    try {
      const path = resourcePath(endpoints, { namespace, name });
      object = await requestJson(connection, { method: 'GET', path, signal, timeoutMs: leaseDurationMs / 2 });
    } catch (error) {
      if (isKubernetesError(error, 'not-found')) return undefined;
      throw error;
    }
    const metadata = isRecord(object) ? object['metadata'] : undefined;
    const annotations = isRecord(metadata) ? metadata['annotations'] : undefined;
    const record = isRecord(annotations) ? annotations[annotation] : undefined;
    return typeof record === 'string' && record !== '' ? record : undefined;
  }
}

/** Reads client-go's record. One that cannot be read counts as held: somebody writes there that we don't understand. */
function parseRecord(record: string): { holder: string; durationMs: number; renewedAt: number } {
  let fields: unknown;
  try {
    fields = JSON.parse(record);
  } catch {
    fields = undefined;
  }
  if (!isRecord(fields)) return { holder: 'an unknown holder', durationMs: 0, renewedAt: Infinity };
  const { holderIdentity, leaseDurationSeconds, renewTime } = fields;
  const renewedAt = typeof renewTime === 'string' ? Date.parse(renewTime) : NaN;
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationMs: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds * 1_000 : 0,
    renewedAt: Number.isNaN(renewedAt) ? Infinity : renewedAt,
  };
}
