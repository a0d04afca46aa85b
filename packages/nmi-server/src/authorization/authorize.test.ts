import { VirtualClock, type Pod } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { ClusterView } from '../cluster/cluster-view.js';
import { refuse } from '../request/refusal.js';
import {
  assignedJson,
  exceptionJson,
  grantedPod,
  podJson,
  removal,
  upsert,
} from '../testing/cluster-objects.js';
import { andThen } from '../awaitable.js';
import { authorize, type Authorization, type WaitBounds } from './authorize.js';
import { Waiters } from './waiters.js';

const { pod, identity, binding, assigned } = grantedPod('10.1.0.7');
const key = { namespace: 'team-a', name: 'app' };
const missing = refuse('pod-unknown', 'gone');

function setUp(bounds: Partial<WaitBounds> = {}, perPod = 2) {
  const clock = new VirtualClock();
  const view = new ClusterView({ mode: 'standard', forceNamespaced: false }, 'all');
  const waiters = new Waiters(perPod, 10);
  const context = {
    view,
    clock,
    waiters,
    bounds: {
      bindingGraceMs: 5_000,
      createdMs: 80_000,
      assignedMs: 20_000,
      longestMs: Infinity,
      answerAtOnce: false,
      ...bounds,
    },
  };
  const hangUp = new AbortController();
  const ask = (request = {}) => {
    const state: { result: Authorization | undefined; at: number } = { result: undefined, at: -1 };
    const note = (result: Authorization): void => {
      state.result = result;
      state.at = clock.monotonic();
    };
    void andThen(
      authorize(() => view.pod(key) ?? missing, request, context, hangUp.signal),
      note,
    );
    return state;
  };
  const apply = (...objects: Parameters<typeof upsert>[0][]): void =>
    objects.forEach((object) => view.apply(upsert(object)));
  return { clock, view, waiters, hangUp, ask, apply };
}
const created = assignedJson(pod, identity, binding, 'Created');

describe('authorize', () => {
  it('grants at once what is assigned', async () => {
    const { clock, ask, apply, waiters } = setUp();
    apply(pod, identity, binding, assigned);
    const asked = ask({ clientId: 'C1C1C1C1-0000-0000-0000-000000000001' });
    await clock.advance(0);
    expect(asked.result).toMatchObject({ kind: 'granted', grant: { identity: { name: 'id1' } } });
    expect(waiters.count).toBe(0);
  });

  it('answers as soon as the assignment becomes Assigned, without a timer in between', async () => {
    const { clock, view, ask, apply } = setUp();
    apply(pod, identity, binding);
    const asked = ask();
    await clock.advance(30_000);
    expect(asked.result).toBeUndefined();
    apply(created);
    await clock.advance(1);
    expect(asked.result).toBeUndefined();
    view.apply(upsert(assigned));
    await clock.advance(0);
    expect(asked).toMatchObject({ result: { kind: 'granted' }, at: 30_001 });
    expect(clock.pending).toBe(0);
  });

  it('gives up after 80 s without an assignment, and after 100 s where one was Created', async () => {
    const { clock, ask, apply } = setUp();
    apply(pod, identity, binding);
    const first = ask();
    await clock.advance(79_999);
    expect(first.result).toBeUndefined();
    await clock.advance(1);
    expect(first.result).toMatchObject({
      refusal: {
        status: 503,
        reason: 'not-assigned',
        headers: { 'Retry-After': '20' },
        description: expect.stringContaining('team-a/id1'),
      },
    });
    apply(created);
    const second = ask();
    await clock.advance(99_999);
    expect(second.result).toBeUndefined();
    await clock.advance(1);
    expect(second.result).toMatchObject({
      refusal: { status: 503, description: expect.stringContaining('Created') },
    });
  });

  it('holds a request no longer than --longest-wait, and has it come back at once', async () => {
    const { clock, ask, apply } = setUp({ longestMs: 55_000 });
    apply(pod, identity, binding, created);
    const first = ask();
    await clock.advance(54_999);
    expect(first.result).toBeUndefined();
    await clock.advance(1);
    expect(first.result).toMatchObject({
      refusal: { status: 503, reason: 'not-assigned', headers: { 'Retry-After': '1' } },
    });
    const second = ask();
    await clock.advance(20_000);
    apply(assigned);
    await clock.advance(0);
    expect(second.result).toMatchObject({ kind: 'granted' });
  });

  it('does not shorten what is shorter than --longest-wait', async () => {
    const { clock, ask, apply } = setUp({ longestMs: 55_000, createdMs: 10_000 });
    apply(pod, identity, binding);
    const asked = ask();
    await clock.advance(10_000);
    expect(asked.result).toMatchObject({ refusal: { status: 503, headers: { 'Retry-After': '20' } } });
  });

  it('does not wait for Assigned with --set-retry-after-header', async () => {
    const { clock, ask, apply } = setUp({ answerAtOnce: true });
    apply(pod, identity, binding);
    const asked = ask();
    await clock.advance(0);
    expect(asked.result).toMatchObject({ refusal: { status: 503, headers: { 'Retry-After': '20' } } });
  });

  it('waits 5 s for a binding of a labelled pod, then denies with the reason', async () => {
    const { clock, ask, apply } = setUp();
    apply(pod, identity);
    const denied = ask();
    await clock.advance(4_999);
    expect(denied.result).toBeUndefined();
    await clock.advance(1);
    expect(denied.result).toMatchObject({ refusal: { status: 404, reason: 'no-binding' } });
    const granted = ask();
    await clock.advance(3_000);
    apply(binding, assigned);
    await clock.advance(0);
    expect(granted.result).toMatchObject({ kind: 'granted' });
  });

  it('denies at once a pod without the label, and an identity that is not among the grants', async () => {
    const { clock, ask, apply } = setUp();
    apply(podJson({ name: 'app', ip: '10.1.0.7' }));
    const unlabelled = ask();
    await clock.advance(0);
    expect(unlabelled.result).toMatchObject({ refusal: { status: 403, reason: 'no-label' } });
    apply(
      podJson({ name: 'app', label: 'app', ip: '10.1.0.7' }, { resourceVersion: '2' }),
      identity,
      binding,
      assigned,
    );
    const other = ask({ clientId: 'another' });
    await clock.advance(0);
    expect(other.result).toMatchObject({ refusal: { status: 403, reason: 'not-among-grants' } });
  });

  it.each<[string, Parameters<typeof removal>[0], string]>([
    ['binding', binding, 'no-binding'],
    ['identity', identity, 'identity-missing'],
    ['pod', pod, 'pod-unknown'],
  ])('denies the next request once the %s is deleted, and one that waits', async (_, object, reason) => {
    const { clock, view, ask, apply } = setUp({ bindingGraceMs: 0 });
    apply(pod, identity, binding, created);
    const waiting = ask();
    await clock.advance(10);
    view.apply(removal(object));
    await clock.advance(0);
    expect(waiting.result).toMatchObject({ kind: 'refused', refusal: { reason } });
    const next = ask();
    await clock.advance(0);
    expect(next.result).toMatchObject({ kind: 'refused', refusal: { reason } });
  });

  it('lets a pod through that becomes excepted while it waits', async () => {
    const { clock, ask, apply } = setUp();
    apply(pod, identity, binding);
    const asked = ask();
    await clock.advance(10);
    apply(exceptionJson({ name: 'e' }, { aadpodidbinding: 'app' }));
    await clock.advance(0);
    expect(asked.result).toEqual({ kind: 'excepted' });
  });

  it('keeps nothing of a caller that hung up', async () => {
    const { clock, ask, apply, waiters, hangUp } = setUp();
    apply(pod, identity, binding);
    const asked = ask();
    await clock.advance(10);
    expect([waiters.count, clock.pending]).toEqual([1, 1]);
    hangUp.abort();
    await clock.advance(0);
    expect(asked.result).toEqual({ kind: 'gone' });
    expect([waiters.count, clock.pending]).toEqual([0, 0]);
  });

  it('refuses at once when too many of a pod wait already', async () => {
    const { clock, ask, apply, waiters } = setUp({}, 1);
    apply(pod, identity, binding);
    const first = ask();
    const second = ask();
    await clock.advance(0);
    expect(first.result).toBeUndefined();
    expect(second.result).toMatchObject({
      refusal: { status: 503, reason: 'too-many-waiters', headers: { 'Retry-After': '5' } },
    });
    expect(waiters.count).toBe(1);
  });
});

describe('Waiters', () => {
  it('bounds places in all, and gives one back only once', () => {
    const waiters = new Waiters(2, 3);
    const leave = waiters.enter('a');
    expect([waiters.enter('a'), waiters.enter('b')].every((place) => place !== undefined)).toBe(true);
    expect(waiters.enter('c')).toBeUndefined();
    leave?.();
    leave?.();
    expect(waiters.count).toBe(2);
    expect(waiters.enter('c')).toBeDefined();
  });
});

describe('the view of the cluster', () => {
  it('finds pods by each of their addresses, in any spelling, and forgets those that they lost', () => {
    const { view, apply } = setUp();
    const at = (address: string): string[] => view.podsAt(address).map((found: Pod) => found.name);
    apply({
      ...pod,
      status: { phase: 'Running', podIP: '10.1.0.7', podIPs: [{ ip: '10.1.0.7' }, { ip: 'FD00:0:0::7' }] },
    });
    expect([at('10.1.0.7'), at('fd00::7')]).toEqual([['app'], ['app']]);
    apply({ ...pod, status: { phase: 'Running', podIP: '10.1.0.8' } });
    expect([at('10.1.0.7'), at('fd00::7'), at('10.1.0.8')]).toEqual([[], [], ['app']]);
    view.apply(removal(pod));
    expect(at('10.1.0.8')).toEqual([]);
  });
});
