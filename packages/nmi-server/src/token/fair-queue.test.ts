import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue, type Admission } from './fair-queue.js';

function setUp({ inAll = 100, perParty = 50 } = {}) {
  const queue = new FairQueue<string>({ inAll, perParty });
  const push = (party: string, member: string, item: string): Admission<string> =>
    queue.push({ party, member, ticket: item }, item);
  const rest = (): string[] => Array.from({ length: queue.size }, () => queue.shift() ?? '');
  return { queue, push, rest };
}

describe('FairQueue', () => {
  it('takes parties in turn, and in each its members, of whom each has its own order', () => {
    const { push, rest } = setUp();
    for (const item of ['a1', 'a2', 'a3']) push('p', 'a', item);
    push('p', 'b', 'b1');
    push('q', 'c', 'c1');
    push('q', 'c', 'c2');
    expect(rest()).toEqual(['a1', 'c1', 'b1', 'c2', 'a2', 'a3']);
  });

  it('where a party has all its places, takes the last of the member with most for one that has fewer', () => {
    const { push, rest } = setUp({ perParty: 4 });
    for (const item of ['a1', 'a2', 'a3', 'a4']) push('p', 'a', item);
    expect(push('p', 'a', 'a5')).toEqual({ kind: 'full' });
    expect(push('p', 'b', 'b1')).toEqual({ kind: 'displaced', item: 'a4' });
    expect(push('p', 'b', 'b2')).toEqual({ kind: 'displaced', item: 'a3' });
    expect(push('p', 'b', 'b3')).toEqual({ kind: 'full' });
    expect(rest()).toEqual(['a1', 'b1', 'a2', 'b2']);
  });

  it('where all places are taken, takes the last of the party with most for one that has fewer', () => {
    const { push, rest } = setUp({ inAll: 4 });
    for (const item of ['a1', 'a2', 'a3']) push('p', 'a', item);
    push('p', 'b', 'b1');
    expect(push('q', 'c', 'c1')).toEqual({ kind: 'displaced', item: 'a3' });
    expect(push('q', 'c', 'c2')).toEqual({ kind: 'displaced', item: 'a2' });
    expect(push('q', 'd', 'd1')).toEqual({ kind: 'displaced', item: 'c2' });
    expect(push('p', 'b', 'b2')).toEqual({ kind: 'full' });
    expect(rest()).toEqual(['a1', 'c1', 'b1', 'd1']);
  });

  it('serves who joins no later than had it asked itself, and who asked first no later either', () => {
    const { queue, push, rest } = setUp();
    for (const item of ['a1', 'a2', 'a3']) push('p', 'a', item);
    queue.join({ party: 'p', member: 'b', ticket: 'a3' });
    queue.join({ party: 'p', member: 'b', ticket: 'unknown' });
    queue.join({ party: 'other', member: 'b', ticket: 'a2' });
    expect(rest()).toEqual(['a1', 'a3', 'a2']);
    for (const item of ['b1', 'b2']) push('p', 'b', item);
    push('p', 'a', 'a1');
    queue.join({ party: 'p', member: 'b', ticket: 'a1' });
    expect(rest()).toEqual(['b1', 'a1', 'b2']);
  });

  it('loses nothing and holds its bounds, whatever is put in, joined and taken out', () => {
    const act = fc.record({
      act: fc.constantFrom('push', 'push', 'push', 'shift', 'join'),
      party: fc.constantFrom('p', 'q', 'r'),
      member: fc.constantFrom('a', 'b', 'c'),
      ticket: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
        const queue = new FairQueue<string>({ inAll: 12, perParty: 6 });
        const there = new Set<string>();
        for (const [index, { act, party, member, ticket }] of acts.entries()) {
          const turn = { party, member, ticket: String(ticket) };
          if (act === 'join') queue.join(turn);
          if (act === 'shift') {
            const item = queue.shift();
            expect(item === undefined ? there.size === 0 : there.delete(item)).toBe(true);
          }
          if (act !== 'push') continue;
          const item = `${party} ${index}`;
          const admission = queue.push(turn, item);
          if (admission.kind !== 'full') there.add(item);
          if (admission.kind === 'displaced') expect(there.delete(admission.item)).toBe(true);
          expect(queue.size).toBe(there.size);
          for (const of of ['p', 'q', 'r'])
            expect([...there].filter((one) => one.startsWith(of)).length).toBeLessThanOrEqual(6);
          expect(queue.size).toBeLessThanOrEqual(12);
        }
        const left = Array.from({ length: queue.size }, () => queue.shift());
        expect(new Set(left)).toEqual(there);
      }),
      { numRuns: 300 },
    );
  });
});
