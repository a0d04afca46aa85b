/**
 * Tokens that were fetched before, by (identity and its spec, tenant, resource). What a caller may have is decided
 * before this is asked; the cache itself knows nothing of pods.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { LRUCache } from 'lru-cache';
import type { Awaitable } from '../awaitable.js';
import type { AccessToken } from './access-token.js';
import { UpstreamError } from './upstream-error.js';

/** Which token. Two different keys never share one. */
export interface TokenKey {
  /** The uid of the identity. */
  readonly identity: string;
  /** What of the identity's spec decides the token: another spec, another token. */
  readonly spec: string;
  /** The tenant, empty where the identity's own is meant. */
  readonly tenant: string;
  readonly resource: string;
}

/** What became of a look-up, for metrics. */
export type CacheOutcome = 'hit' | 'miss' | 'refresh' | 'stale' | 'negative';

/** Options of a {@link TokenCache}. */
export interface TokenCacheOptions {
  readonly clock: Clock;
  /** Most tokens held. @default 2048 */
  readonly maxEntries?: number;
  /** Most tokens held of one identity, so that who asks for many resources drives out no other's. @default 128 */
  readonly maxEntriesPerIdentity?: number;
  readonly onOutcome?: (outcome: CacheOutcome) => void;
}

/** Within so many milliseconds of its end a token is served only where no new one can be had. */
export const endMarginMs: number = 5 * 60_000;
const longestRefreshMs = 12 * 3_600_000;
/** A token counts as new for so long, however little life it has left. */
const newForMs = 10_000;
const briefFailureMs = 2_000;
const longestFailureMs = 30_000;

interface Entry {
  readonly key: TokenKey;
  token: { readonly value: AccessToken; readonly fetchedAt: number; readonly refreshAt: number } | undefined;
  failure: { readonly error: unknown; readonly until: number } | undefined;
  flight: Promise<AccessToken> | undefined;
}

/**
 * A bounded cache with one request in flight per key, refreshing in the background.
 *
 * @example
 * const token = await cache.get({ identity: uid, spec, tenant: '', resource }, () => source.fetch(…));
 */
export class TokenCache {
  readonly #clock: Clock;
  readonly #entries: LRUCache<string, Entry>;
  /** The ids of an identity's entries, the one least recently used first. */
  readonly #idsOf = new Map<string, Set<string>>();
  readonly #maxPerIdentity: number;
  readonly #onOutcome: (outcome: CacheOutcome) => void;

  constructor(options: TokenCacheOptions) {
    this.#clock = options.clock;
    this.#entries = new LRUCache({
      max: options.maxEntries ?? 2_048,
      dispose: (entry, id) => this.#dropped(entry.key.identity, id),
    });
    this.#maxPerIdentity = options.maxEntriesPerIdentity ?? 128;
    this.#onOutcome = options.onOutcome ?? (() => undefined);
  }

  /** How many keys are held. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * The token for `key`: at once where one is held that will do, else fetched by `load`.
   *
   * @param onJoin - called where it waits for what another call fetches already
   * @returns a promise that rejects with what `load` rejected with, now or a moment ago, where no token is valid any more
   */
  get(key: TokenKey, load: () => Promise<AccessToken>, onJoin?: () => void): Awaitable<AccessToken> {
    const entry = this.#entry(key);
    const now = this.#clock.now();
    const held = entry.token;
    if (held !== undefined && isFresh(held, now)) {
      this.#onOutcome('hit');
      return held.value;
    }
    const failed = entry.failure !== undefined && now < entry.failure.until ? entry.failure : undefined;
    if (held !== undefined && now < endOf(held.value) - endMarginMs) {
      this.#onOutcome('refresh');
      if (failed === undefined) this.#fly(entry, load).catch(() => undefined);
      return held.value;
    }
    if (failed !== undefined) {
      if (held !== undefined && !isOver(held.value, now)) {
        this.#onOutcome('stale');
        return held.value;
      }
    } else if (entry.flight !== undefined) onJoin?.();
    return this.#await(entry, load, failed);
  }

  async #await(
    entry: Entry,
    load: () => Promise<AccessToken>,
    failed: Entry['failure'],
  ): Promise<AccessToken> {
    if (failed !== undefined) {
      this.#onOutcome('negative');
      throw failed.error;
    }
    const held = entry.token;
    try {
      const token = await this.#fly(entry, load);
      this.#onOutcome('miss');
      return token;
    } catch (error) {
      if (held === undefined || isOver(held.value, this.#clock.now())) {
        this.#onOutcome('miss');
        throw error;
      }
      this.#onOutcome('stale');
      return held.value;
    }
  }

  /** Drops everything held for an identity, as when it is deleted. */
  forget(identity: string): void {
    for (const id of [...(this.#idsOf.get(identity) ?? [])]) this.#entries.delete(id);
  }

  #entry(key: TokenKey): Entry {
    const id = idOf(key);
    const ids = this.#idsOf.get(key.identity) ?? new Set();
    const held = this.#entries.get(id);
    if (held !== undefined) {
      if (ids.size > 1) {
        ids.delete(id);
        ids.add(id);
      }
      return held;
    }
    // An object has one spec at a time: by its former one nobody asks again.
    for (const other of ids)
      if (this.#entries.peek(other)?.key.spec !== key.spec) this.#entries.delete(other);
    const [oldest] = ids;
    if (oldest !== undefined && ids.size >= this.#maxPerIdentity) this.#entries.delete(oldest);
    const entry: Entry = { key, token: undefined, failure: undefined, flight: undefined };
    this.#entries.set(id, entry);
    this.#idsOf.set(key.identity, ids.add(id));
    return entry;
  }

  #dropped(identity: string, id: string): void {
    const ids = this.#idsOf.get(identity);
    if (ids?.delete(id) === true && ids.size === 0) this.#idsOf.delete(identity);
  }

  #fly(entry: Entry, load: () => Promise<AccessToken>): Promise<AccessToken> {
    entry.flight ??= this.#fetch(entry, load).finally(() => {
      entry.flight = undefined;
    });
    return entry.flight;
  }

  async #fetch(entry: Entry, load: () => Promise<AccessToken>): Promise<AccessToken> {
    try {
      const value = await load();
      const fetchedAt = this.#clock.now();
      if (isOver(value, fetchedAt)) {
        throw new UpstreamError(
          'bad-response',
          'The token that came is over already: is the clock of the node right?',
        );
      }
      entry.token = { value, fetchedAt, refreshAt: refreshTime(value, fetchedAt) };
      entry.failure = undefined;
      return value;
    } catch (error) {
      entry.failure = { error, until: this.#clock.now() + failureMs(error) };
      throw error;
    }
  }
}

/** The length of each part before it: whatever the parts hold, no two keys have one id. */
function idOf({ identity, spec, tenant, resource }: TokenKey): string {
  return `${identity.length} ${spec.length} ${tenant.length} ${identity}${spec}${tenant}${resource}`;
}

function isFresh(held: NonNullable<Entry['token']>, now: number): boolean {
  if (isOver(held.value, now)) return false;
  return now < held.refreshAt || (now >= held.fetchedAt && now < held.fetchedAt + newForMs);
}

/** Also in its last second, of which nothing would be left once it is there: the answer would say `expires_in` 0. */
function isOver(token: AccessToken, now: number): boolean {
  return now > endOf(token) - 1_000;
}

function endOf(token: AccessToken): number {
  return token.expiresOn * 1_000;
}

function refreshTime(token: AccessToken, now: number): number {
  const life = endOf(token) - now;
  const wished =
    token.refreshOn === undefined ? now + Math.min(life / 2, longestRefreshMs) : token.refreshOn * 1_000;
  return Math.min(wished, endOf(token) - endMarginMs);
}

function failureMs(error: unknown): number {
  const asked = error instanceof UpstreamError ? error.retryAfterMs : undefined;
  return asked === undefined ? briefFailureMs : Math.min(asked, longestFailureMs);
}
