import { VirtualClock } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import type { CommandResult } from './command.js';
import { OldConnections } from './connections.js';

function setUp(result: CommandResult | Error, metadataIp = '169.254.169.254') {
  const clock = new VirtualClock();
  const calls: string[] = [];
  const lines: string[] = [];
  const old = new OldConnections({
    clock,
    run: (program, args) => {
      calls.push([program, ...args].join(' '));
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
    metadataIp,
    metadataPort: 80,
    onTrouble: (line) => lines.push(line),
  });
  return { clock, calls, lines, old };
}
const exited = (code: number, stderr = ''): CommandResult => ({ kind: 'exited', code, stdout: '', stderr });

describe('OldConnections', () => {
  it('are dropped whoever seems to have begun them, and once more', async () => {
    const { clock, calls, lines, old } = setUp(exited(1));
    await old.drop();
    const both = [
      'conntrack -D -f ipv4 -p tcp --orig-dst 169.254.169.254 --orig-port-dst 80 --reply-src 169.254.169.254',
      'conntrack -D -f ipv4 -p tcp --orig-src 169.254.169.254 --orig-port-src 80',
    ];
    expect(calls).toEqual(both);
    await clock.advance(2_000);
    expect([calls, lines]).toEqual([[...both, ...both], []]);
    await old.drop();
    old.stop();
    expect(clock.pending).toBe(0);
  });

  it('of IPv6 are dropped as such', async () => {
    const { calls, old } = setUp(exited(0), 'fd00::1');
    await old.drop();
    expect(calls[0]).toBe(
      'conntrack -D -f ipv6 -p tcp --orig-dst fd00::1 --orig-port-dst 80 --reply-src fd00::1',
    );
  });

  it.each<[CommandResult | Error, RegExp]>([
    [{ kind: 'missing' }, /conntrack is not installed/],
    [exited(2, 'Operation not permitted'), /exited with 2: Operation not permitted/],
    [new Error('timeout'), /cannot be run: Error: timeout/],
  ])('that cannot be dropped are told: %j', async (result, line) => {
    const { lines, old } = setUp(result);
    await old.drop();
    expect(lines).toEqual([expect.stringMatching(line)]);
    old.stop();
  });
});
