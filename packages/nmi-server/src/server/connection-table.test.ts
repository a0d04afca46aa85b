import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionTable, type ConnectionLimits, type CutReason } from './connection-table.js';

/** A connection that knows whether it was cut. */
class FakeConnection {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
  }
}

function setUp(limits: Partial<ConnectionLimits> = {}) {
  const cuts: [string, CutReason][] = [];
  const time = { now: 0 };
  const table = new ConnectionTable<FakeConnection>(
    { perAddress: 3, inAll: 6, pipelined: 2, barMs: 1_000, ...limits },
    () => time.now,
    (address, reason) => cuts.push([address, reason]),
  );
  const open = (address: string): FakeConnection => {
    const connection = new FakeConnection();
    table.opened(connection, address);
    return connection;
  };
  return { table, cuts, open, time };
}
const isOpen = ({ destroyed }: FakeConnection): boolean => !destroyed;

describe('ConnectionTable', () => {
  it('gives an address so many and no more, and a place again when one is closed', () => {
    const { table, cuts, open } = setUp();
    const own = [open('a'), open('a'), open('a'), open('a')];
    expect(own.map(isOpen)).toEqual([true, true, true, false]);
    expect(cuts).toEqual([['a', 'address-full']]);
    table.closed(own[0]!);
    expect(open('a').destroyed).toBe(false);
    expect(table.size).toBe(3);
  });

  it('where all places are taken, takes the oldest idle one of who has most for who has fewer', () => {
    const { table, cuts, open } = setUp();
    const greedy = [open('a'), open('a'), open('a')];
    const other = [open('b'), open('b'), open('c')];
    table.requested(greedy[0]!);
    expect(open('d').destroyed).toBe(false);
    expect([greedy.map(isOpen), other.map(isOpen)]).toEqual([
      [true, false, true],
      [true, true, true],
    ]);
    expect(cuts).toEqual([['a', 'displaced']]);
    expect(table.size).toBe(6);
  });

  it('takes one on which a request is under way only where no other is idle', () => {
    const { table, open } = setUp({ inAll: 3 });
    const greedy = [open('a'), open('a'), open('a')];
    for (const connection of greedy) table.requested(connection);
    table.answered(greedy[2]!);
    open('b');
    expect(greedy.map(isOpen)).toEqual([true, true, false]);
    const { table: busy, open: openBusy } = setUp({ inAll: 3 });
    const all = [openBusy('a'), openBusy('a'), openBusy('a')];
    for (const connection of all) busy.requested(connection);
    openBusy('b');
    expect(all.map(isOpen)).toEqual([false, true, true]);
  });

  it('cuts who comes where everybody has as few', () => {
    const { cuts, open } = setUp({ inAll: 3 });
    const all = [open('a'), open('b'), open('c')];
    expect(open('d').destroyed).toBe(true);
    expect(all.every(isOpen)).toBe(true);
    expect(cuts).toEqual([['d', 'node-full']]);
  });

  it('cuts a connection with too many requests one behind the other, once', () => {
    const { table, cuts, open } = setUp();
    const [connection, patient] = [open('a'), open('b')];
    const answered = Array.from({ length: 5 }, () => table.requested(connection));
    expect(answered).toEqual([true, true, false, false, false]);
    expect(cuts).toEqual([['a', 'pipelined']]);
    for (let i = 0; i < 100; i++) {
      expect(table.requested(patient)).toBe(true);
      table.answered(patient);
    }
    expect(table.size).toBe(1);
  });

  it('cuts the other connections of that address as well, and gives it none for a while', () => {
    const { table, cuts, open, time } = setUp();
    const [first, second, other] = [open('a'), open('a'), open('b')];
    for (let i = 0; i < 3; i++) table.requested(first);
    expect([first, second, other].map(isOpen)).toEqual([false, false, true]);
    expect(table.requested(second)).toBe(false);
    time.now = 999;
    expect([open('a'), open('b')].map(isOpen)).toEqual([false, true]);
    time.now = 1_000;
    expect(open('a').destroyed).toBe(false);
    expect(cuts).toEqual([
      ['a', 'pipelined'],
      ['a', 'barred'],
      ['a', 'barred'],
    ]);
    expect(table.size).toBe(3);
  });

  it('never holds more than it may, and never cuts an address that has no more than its fair part', () => {
    const step = fc.record({
      address: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      act: fc.constantFrom('open', 'open', 'open', 'close', 'request', 'answer'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const open = new Map<string, Set<FakeConnection>>();
        let before = new Map<string, number>();
        const limits = { perAddress: 4, inAll: 7, pipelined: 3, barMs: 3 };
        let now = 0;
        const table = new ConnectionTable<FakeConnection>(
          limits,
          () => now,
          (address, reason) => {
            if (reason !== 'displaced') return;
            const most = Math.max(...before.values());
            expect(before.get(address)).toBe(most);
            expect(most).toBeGreaterThan(1);
          },
        );
        for (const { address, act } of steps) {
          now++;
          const own = open.get(address) ?? new Set();
          open.set(address, own);
          before = new Map([...open].map(([of, connections]) => [of, connections.size]));
          const [first] = own;
          if (act === 'open') {
            const connection = new FakeConnection();
            own.add(connection);
            table.opened(connection, address);
          } else if (first !== undefined && act === 'close') {
            own.delete(first);
            table.closed(first);
          } else if (first !== undefined && act === 'request') table.requested(first);
          else if (first !== undefined) table.answered(first);
          for (const connections of open.values())
            for (const connection of connections) if (connection.destroyed) connections.delete(connection);
          const counts = [...open.values()].map(({ size }) => size);
          expect(table.size).toBe(counts.reduce((sum, count) => sum + count, 0));
          expect(table.size).toBeLessThanOrEqual(7);
          expect(Math.max(...counts)).toBeLessThanOrEqual(4);
        }
      }),
      { numRuns: 300 },
    );
  });
});
