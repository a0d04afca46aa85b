import { VirtualClock } from '@aad-pod-identity/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Awaitable } from '../awaitable.js';
import type { AccessToken } from './access-token.js';
import { TokenCache, type CacheOutcome, type TokenKey } from './token-cache.js';
import { UpstreamError } from './upstream-error.js';

const hour = 3_600_000;
const key: TokenKey = { identity: 'uid', spec: 's', tenant: '', resource: 'https://x' };

function token(clock: VirtualClock, lifeMs: number, value = 't', refreshInMs?: number): AccessToken {
  const now = Math.floor(clock.now() / 1_000);
  return {
    value,
    tokenType: 'Bearer',
    expiresOn: now + lifeMs / 1_000,
    notBefore: now,
    clientId: 'c',
    ...(refreshInMs === undefined ? {} : { refreshOn: now + refreshInMs / 1_000 }),
  };
}

/** A cache whose source gives `t1`, `t2`… or fails, as told. */
function setUp(lifeMs = 24 * hour, refreshInMs?: number) {
  const clock = new VirtualClock(1_000_000_000_000);
  const outcomes: CacheOutcome[] = [];
  const cache = new TokenCache({ clock, onOutcome: (outcome) => outcomes.push(outcome) });
  const source = { calls: 0, fail: undefined as Error | undefined };
  const load = async (): Promise<AccessToken> => {
    source.calls++;
    await Promise.resolve();
    if (source.fail !== undefined) throw source.fail;
    return token(clock, lifeMs, `t${source.calls}`, refreshInMs);
  };
  const get = async (): Promise<string> => (await cache.get(key, load)).value;
  return { clock, cache, outcomes, source, load, get };
}

describe('TokenCache', () => {
  it('fetches once for callers at the same time, then serves from memory', async () => {
    const { source, get } = setUp();
    expect(await Promise.all([get(), get(), get()])).toEqual(['t1', 't1', 't1']);
    expect(await get()).toBe('t1');
    expect(source.calls).toBe(1);
  });

  it("bounds what is held of one identity, so that it drives out no other's", async () => {
    const clock = new VirtualClock(1_000_000_000_000);
    const cache = new TokenCache({ clock, maxEntries: 10, maxEntriesPerIdentity: 3 });
    const loads: string[] = [];
    const get = (identity: string, resource: string): Awaitable<AccessToken> =>
      cache.get({ ...key, identity, resource }, () => {
        loads.push(`${identity} ${resource}`);
        return Promise.resolve(token(clock, hour));
      });
    await get('modest', 'a');
    for (let i = 0; i < 50; i++) {
      await get('greedy', 'kept');
      await get('greedy', `r${i}`);
    }
    expect(cache.size).toBe(4);
    loads.length = 0;
    await get('modest', 'a');
    await get('greedy', 'kept');
    await get('greedy', 'r49');
    expect(loads).toEqual([]);
    cache.forget('greedy');
    expect(cache.size).toBe(1);
  });

  it('holds nothing of a spec that an identity had before', async () => {
    const clock = new VirtualClock(1_000_000_000_000);
    const cache = new TokenCache({ clock });
    const get = (spec: string, resource: string, identity = 'uid'): Awaitable<AccessToken> =>
      cache.get({ ...key, identity, spec, resource }, () => Promise.resolve(token(clock, hour)));
    await get('s', 'a', 'other');
    for (let i = 0; i < 20; i++) for (const resource of ['a', 'b']) await get(`spec ${i}`, resource);
    expect(cache.size).toBe(3);
  });

  it('refreshes in the background at half of the life, at most 12 hours', async () => {
    const { clock, source, get, outcomes } = setUp(30 * hour);
    await get();
    await clock.advance(12 * hour - 1);
    await get();
    expect(source.calls).toBe(1);
    await clock.advance(1);
    expect(await get()).toBe('t1');
    await clock.advance(0);
    expect(source.calls).toBe(2);
    expect(await get()).toBe('t2');
    expect(outcomes).toEqual(['miss', 'hit', 'refresh', 'hit']);
  });

  it("refreshes at the issuer's refresh_in where there is one", async () => {
    const { clock, source, get } = setUp(24 * hour, hour);
    await get();
    await clock.advance(hour);
    expect(await get()).toBe('t1');
    await clock.advance(0);
    expect(await get()).toBe('t2');
    expect(source.calls).toBe(2);
  });

  it('waits for a new token within 5 minutes of the end, and serves the old where none can be had', async () => {
    const { clock, source, get } = setUp(hour);
    await get();
    await clock.advance(hour - 5 * 60_000);
    expect(await get()).toBe('t2');
    await clock.advance(hour - 4 * 60_000);
    source.fail = new Error('down');
    expect(await get()).toBe('t2');
    expect(await get()).toBe('t2');
    expect(source.calls).toBe(3);
    await clock.advance(4 * 60_000 - 1_000);
    expect(await get()).toBe('t2');
    // A token of which no second is left helps nobody.
    await clock.advance(1);
    await expect(get()).rejects.toThrow('down');
  });

  it('serves a token that is new but short, without asking again at once', async () => {
    const { clock, source, get } = setUp(60_000);
    await get();
    await get();
    expect(source.calls).toBe(1);
    await clock.advance(10_000);
    expect(await get()).toBe('t2');
  });

  it('never serves a token that is over when it comes', async () => {
    const { clock, cache, source, get } = setUp(hour);
    await get();
    await clock.advance(hour - 60_000);
    const stale = async (): Promise<AccessToken> => token(clock, 0, 'over');
    expect((await cache.get(key, stale)).value).toBe('t1');
    await clock.advance(60_000);
    await expect(cache.get(key, stale)).rejects.toMatchObject({ failure: 'bad-response' });
    await clock.advance(2_000);
    expect([await get(), source.calls]).toEqual(['t2', 2]);
  });

  it('remembers a failure briefly, or as long as the upstream asked, at most 30 s', async () => {
    const { clock, source, get, outcomes } = setUp();
    source.fail = new Error('down');
    await expect(get()).rejects.toThrow('down');
    await expect(get()).rejects.toThrow('down');
    expect(source.calls).toBe(1);
    await clock.advance(2_000);
    source.fail = new UpstreamError('answer', 'slow down', { status: 429, retryAfterMs: 60_000 });
    await expect(get()).rejects.toThrow('slow down');
    await clock.advance(29_999);
    await expect(get()).rejects.toThrow('slow down');
    expect(source.calls).toBe(2);
    await clock.advance(1);
    source.fail = undefined;
    expect(await get()).toBe('t3');
    expect(outcomes).toEqual(['miss', 'negative', 'miss', 'negative', 'miss']);
  });

  it('keeps serving while a background refresh fails', async () => {
    const { clock, source, get } = setUp(24 * hour);
    await get();
    source.fail = new Error('down');
    await clock.advance(12 * hour);
    for (let i = 0; i < 3; i++) {
      expect(await get()).toBe('t1');
      await clock.advance(500);
    }
    expect(source.calls).toBe(2);
  });

  it('forgets an identity', async () => {
    const { cache, get } = setUp();
    await get();
    cache.forget('uid');
    expect(cache.size).toBe(0);
    expect(await get()).toBe('t2');
  });

  it('never crosses identities, specs, tenants or resources, in any order of requests, failures and time', async () => {
    const part = fc.constantFrom('a', 'b', 'a","b', '');
    const step = fc.record({
      key: fc.record({ identity: part, spec: part, tenant: part, resource: part }),
      fails: fc.boolean(),
      advance: fc.constantFrom(0, 1, 1_000, 20 * 60_000, 40 * 60_000, 2 * hour),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = new VirtualClock(1_000_000_000_000);
        const cache = new TokenCache({ clock, maxEntries: 8 });
        const pending: Promise<void>[] = [];
        for (const { key: asked, fails, advance } of steps) {
          const name = JSON.stringify(asked);
          const load = async (): Promise<AccessToken> => {
            await Promise.resolve();
            if (fails) throw new Error(name);
            return token(clock, hour, name);
          };
          const askedAt = clock.now();
          pending.push(
            Promise.resolve(cache.get(asked, load)).then(
              (got) => {
                expect(got.value).toBe(name);
                expect(got.expiresOn * 1_000).toBeGreaterThan(askedAt);
              },
              (error: Error) => expect(error.message).toBe(name),
            ),
          );
          await clock.advance(advance);
        }
        await Promise.all(pending);
        expect(cache.size).toBeLessThanOrEqual(8);
      }),
      { numRuns: 300 },
    );
  });
});
