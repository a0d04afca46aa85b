/**
 * Hears at once when another program changes the rules of the node, where the node can tell.
 *
 * The kernel notifies of changes in nf_tables, which is what iptables-nft writes to; `xtables-monitor`, which comes with
 * iptables, prints them. It keeps no copy of the rules, as `nft monitor` does. Of changes by iptables-legacy there is no
 * notification.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { FollowCommand } from './follow-command.js';
import type { AddressFamily } from './nat-rules.js';
import { RuleEvents, type RuleChange } from './rule-events.js';

/** Options of {@link watchRules}. */
export interface RuleWatchOptions {
  readonly clock: Clock;
  readonly follow: FollowCommand;
  readonly family: AddressFamily;
  /** Something that ours depends on may have changed. */
  readonly onChange: (change: RuleChange) => void;
  /** The watch ended, and changes may go unheard; it is begun again. */
  readonly onLost: (reason: string) => void;
}

/** A watch that keeps itself going. */
export interface RuleWatch {
  /** Whether changes are heard, and have been for long enough that the kernel surely tells of them. */
  readonly live: boolean;
  stop(): void;
}

const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
/** One that ended sooner than this may as well have told nothing. */
const goodWatchMs = 10_000;
/** The program is up and has asked the kernel by then. */
const settledMs = 1_000;

/** Begins to watch. */
export function watchRules(options: RuleWatchOptions): RuleWatch {
  const { clock, follow, family, onChange, onLost } = options;
  let begunAt: number | undefined;
  let stopped = false;
  let end: () => void = () => undefined;
  let retryMs = firstRetryMs;

  const begin = (): void => {
    const events = new RuleEvents(family);
    const startedAt = clock.monotonic();
    begunAt = startedAt;
    // It buffers what it prints into a pipe unless stdbuf keeps it from that.
    end = follow('stdbuf', ['-oL', 'xtables-monitor', '--event', family === 'ipv4' ? '-4' : '-6'], {
      onLine: (line) => {
        const change = events.line(line);
        if (change !== undefined) onChange(change);
      },
      onEnd: (reason) => {
        if (stopped) return;
        begunAt = undefined;
        const delayMs = clock.monotonic() - startedAt >= goodWatchMs ? firstRetryMs : retryMs;
        retryMs = Math.min(delayMs * 2, longestRetryMs);
        end = clock.after(delayMs, begin);
        onLost(reason);
      },
    });
  };
  begin();
  return {
    get live(): boolean {
      return begunAt !== undefined && clock.monotonic() - begunAt >= settledMs;
    },
    stop: () => {
      stopped = true;
      begunAt = undefined;
      end();
    },
  };
}
