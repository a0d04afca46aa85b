import { VirtualClock } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import type { FollowListener } from './follow-command.js';
import { watchRules } from './rule-watch.js';

function setUp() {
  const clock = new VirtualClock();
  const begun: { program: string; args: readonly string[]; listener: FollowListener; stopped: boolean }[] =
    [];
  const changes: unknown[] = [];
  const lost: string[] = [];
  const watch = watchRules({
    clock,
    family: 'ipv4',
    follow: (program, args, listener) => {
      const one = { program, args, listener, stopped: false };
      begun.push(one);
      return () => (one.stopped = true);
    },
    onChange: (change) => changes.push(change),
    onLost: (reason) => lost.push(reason),
  });
  return { clock, begun, changes, lost, watch };
}

describe('watchRules', () => {
  it('tells what the monitor prints, and counts as live once that has settled', async () => {
    const { clock, begun, changes, watch } = setUp();
    expect([begun[0]?.program, begun[0]?.args]).toEqual([
      'stdbuf',
      ['-oL', 'xtables-monitor', '--event', '-4'],
    ]);
    expect(watch.live).toBe(false);
    await clock.advance(1_000);
    expect(watch.live).toBe(true);
    begun[0]?.listener.onLine(' EVENT: -4 -t nat -D PREROUTING -j aad-metadata');
    begun[0]?.listener.onLine('NEWGEN: GENID=4 PID=9182 NAME=nft');
    expect(changes).toEqual([{ by: 'nft' }]);
    watch.stop();
    expect([begun[0]?.stopped, watch.live, clock.pending]).toEqual([true, false, 0]);
  });

  it('begins again when the monitor ends, ever later where it ends at once', async () => {
    const { clock, begun, lost, watch } = setUp();
    const delays: number[] = [];
    for (let end = 0; end < 8; end++) {
      begun.at(-1)?.listener.onEnd('No buffer space available');
      expect(watch.live).toBe(false);
      delays.push(clock.untilNext() ?? -1);
      await clock.advance(clock.untilNext() ?? 0);
    }
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    await clock.advance(20_000);
    begun.at(-1)?.listener.onEnd('No buffer space available');
    expect(clock.untilNext()).toBe(1_000);
    expect([begun.length, lost.length]).toEqual([9, 9]);
    watch.stop();
    expect(clock.pending).toBe(0);
  });
});
