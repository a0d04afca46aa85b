import { decodePod, VirtualClock, type Pod } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { Waiters } from '../authorization/waiters.js';
import { ClusterView } from '../cluster/cluster-view.js';
import { podJson, removal, upsert } from '../testing/cluster-objects.js';
import { identifyCaller } from './identify-caller.js';
import { settleCaller } from './settle-caller.js';

type Json = ReturnType<typeof podJson>;
const address = '10.1.0.7';
const deletionTimestamp = '2026-01-01T00:00:00Z';
const old = podJson({ name: 'old', ip: address, label: 'app' }, { deletionTimestamp });
const next = podJson({ name: 'next', ip: address });
const starting = podJson({ name: 'next', ip: '', phase: 'Pending' });
const decoded = (json: Json): Pod => {
  const result = decodePod(json);
  if (!result.ok) throw new Error('does not decode');
  return result.value;
};

/** The watch has some pods, the API server others; `undefined`: it does not answer. */
function setUp(watched: readonly Json[], api: readonly Json[] | undefined) {
  const clock = new VirtualClock();
  const view = new ClusterView({ mode: 'standard', forceNamespaced: false }, 'all');
  for (const pod of watched) view.apply(upsert(pod));
  const server = { pods: api, asked: 0 };
  const hangUp = new AbortController();
  const waiters = new Waiters(2, 10);
  const look = () => identifyCaller(address, { podsAt: (at) => view.podsAt(at), isNodeAddress: () => false });
  const settle = () => {
    const state = { kind: 'waits', name: '' };
    const context = {
      view,
      clock,
      waiters,
      lookup: {
        ofNode: async () => {
          server.asked++;
          return server.pods?.map(decoded);
        },
      },
      isNodeAddress: () => false,
      doubtMs: 5_000,
    };
    void settleCaller(look(), address, look, context, hangUp.signal).then((settled) => {
      state.kind = settled.kind;
      if ('pod' in settled) state.name = settled.pod.name;
    });
    return state;
  };
  return { clock, view, server, hangUp, waiters, settle };
}

describe('a caller whose pod is being deleted', () => {
  it('is that pod at once where nobody else can have its address', async () => {
    const { clock, settle, waiters } = setUp([old], [old, podJson({ name: 'other', ip: '10.1.0.8' })]);
    const settled = settle();
    await clock.advance(0);
    expect(settled).toEqual({ kind: 'pod', name: 'old' });
    expect([clock.pending, waiters.count]).toEqual([0, 0]);
  });

  it('is nobody after a bounded wait where another pod of the node has no address yet', async () => {
    const { clock, settle, waiters } = setUp([old], [old, starting]);
    const settled = settle();
    await clock.advance(4_999);
    expect(settled.kind).toBe('waits');
    await clock.advance(1);
    expect(settled).toEqual({ kind: 'in-doubt', name: 'old' });
    expect([clock.pending, waiters.count]).toEqual([0, 0]);
  });

  it('is that pod again as soon as the other has got another address', async () => {
    const { clock, settle, server, view } = setUp([old], [old, starting]);
    const settled = settle();
    await clock.advance(100);
    const elsewhere = podJson({ name: 'next', ip: '10.1.0.9' });
    server.pods = [old, elsewhere];
    view.apply(upsert(elsewhere));
    await clock.advance(0);
    expect([settled, server.asked]).toEqual([{ kind: 'pod', name: 'old' }, 2]);
  });

  it('is its successor once the watch has it too, and until then nobody', async () => {
    const { clock, settle, view } = setUp([old], [next]);
    const settled = settle();
    await clock.advance(100);
    expect(settled.kind).toBe('waits');
    view.apply(removal(old));
    view.apply(upsert(next));
    await clock.advance(0);
    expect(settled).toEqual({ kind: 'pod', name: 'next' });
    const without = setUp([old], [next]);
    const denied = without.settle();
    await without.clock.advance(5_000);
    expect(denied.kind).toBe('in-doubt');
  });

  it('is unknown where the API server has no pod at the address any more', async () => {
    const { clock, settle } = setUp(
      [old],
      [{ ...old, status: { ...(old['status'] as object), phase: 'Failed' } }],
    );
    const settled = settle();
    await clock.advance(0);
    expect(settled.kind).toBe('unknown');
  });

  it('is nobody where two claim the address, in the watch or at the API server, until one is gone', async () => {
    for (const watched of [[old], [old, next]]) {
      const { clock, settle, view, server } = setUp(watched, [old, next]);
      const denied = settle();
      await clock.advance(5_000);
      expect(denied.kind).toBe('ambiguous');
      const settled = settle();
      await clock.advance(0);
      server.pods = [next];
      view.apply(upsert(next));
      view.apply(removal(old));
      await clock.advance(0);
      expect(settled).toEqual({ kind: 'pod', name: 'next' });
    }
  });

  it('is nobody where the API server does not answer', async () => {
    const { clock, settle } = setUp([old], undefined);
    const settled = settle();
    await clock.advance(5_000);
    expect(settled.kind).toBe('in-doubt');
  });

  it('costs nothing more once it hung up, and no more than its places to wait', async () => {
    const { clock, settle, hangUp, waiters } = setUp([old], [old, starting]);
    const settled = [settle(), settle(), settle()];
    await clock.advance(0);
    expect(settled.map(({ kind }) => kind)).toEqual(['waits', 'waits', 'in-doubt']);
    hangUp.abort();
    await clock.advance(0);
    expect(settled.map(({ kind }) => kind)).toEqual(['gone', 'gone', 'in-doubt']);
    expect([clock.pending, waiters.count]).toEqual([0, 0]);
  });
});
