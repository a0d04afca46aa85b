import { describe, expect, it } from 'vitest';
import { Faults } from './faults.js';

const request = {
  target: 'arm',
  method: 'PATCH',
  path: '/subscriptions/s/providers/virtualMachines/x?api-version=1',
} as const;

describe('Faults', () => {
  it('hits by target, method and path (substring or expression, any casing)', () => {
    const faults = new Faults();
    faults.add({ target: 'arm', method: 'patch', path: '/virtualmachines/X', action: { kind: 'reset' } });
    expect(faults.match(request)).toEqual([{ kind: 'reset' }]);
    expect(faults.match({ ...request, method: 'GET' })).toEqual([]);
    expect(faults.match({ ...request, target: 'imds' })).toEqual([]);
    expect(faults.match({ ...request, path: '/other' })).toEqual([]);
    faults.clear();
    faults.add({ target: 'arm', path: '^/subscriptions/[^/]+/providers', action: { kind: 'reset' } });
    expect(faults.match(request)).toHaveLength(1);
    faults.clear();
    faults.add({ target: 'arm', path: '(x', action: { kind: 'reset' } });
    expect(faults.match({ ...request, path: '/a(x' })).toHaveLength(1);
  });

  it('is gone after the given number of hits, and then the next rule counts', () => {
    const faults = new Faults();
    faults.add({ target: 'arm', action: { kind: 'status', status: 500 }, times: 2 });
    faults.add({ target: 'arm', action: { kind: 'status', status: 429 } });
    const statuses = [1, 2, 3].map(() =>
      faults.match(request).map((action) => action.kind === 'status' && action.status),
    );
    expect(statuses).toEqual([[500], [500], [429]]);
    expect(faults.list()).toMatchObject([{ id: 'fault-2', hits: 1 }]);
  });

  it('adds latencies up before what ends the request', () => {
    const faults = new Faults();
    faults.add({ target: 'arm', action: { kind: 'reset' } });
    faults.add({ target: 'arm', action: { kind: 'latency', ms: 5 } });
    expect(faults.match(request)).toEqual([{ kind: 'latency', ms: 5 }, { kind: 'reset' }]);
  });

  it('can be removed, once', () => {
    const faults = new Faults();
    const id = faults.add({ target: 'arm', action: { kind: 'reset' } });
    expect([faults.remove(id), faults.remove(id)]).toEqual([true, false]);
    expect(faults.match(request)).toEqual([]);
  });

  it('refuses a count that makes no sense', () => {
    expect(() => new Faults().add({ target: 'arm', action: { kind: 'reset' }, times: 0 })).toThrow(
      /at least 1/,
    );
  });
});
