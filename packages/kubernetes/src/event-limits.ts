/**
 * Keeps events from flooding: repeats are counted, many similar ones become one, and an object has a budget.
 *
 * @module
 */
import { hash } from 'node:crypto';
import type { Clock } from '@aad-pod-identity/core';

/** What an event is recorded as, once the limits have had their say. */
export interface AdmittedEvent {
  /** Equal for events that are counted on one Event object. A digest: keys are kept long, and messages are not. */
  readonly key: string;
  readonly message: string;
}

interface Budget {
  tokens: number;
  at: number;
  /** Digests of messages by type and reason, since `windowStart`. */
  readonly groups: Map<string, { windowStart: number; readonly messages: Set<string> }>;
}

/** As in the stock recorder: 25 at once for an object, then one every five minutes. */
const burst = 25;
const refillMs = 300_000;
/** From the eleventh message of one type and reason on an object within ten minutes, they are one event. */
const similarMessages = 10;
const similarWindowMs = 600_000;

/** Decides on each event by what came before. */
export class EventLimits {
  readonly #clock: Clock;
  readonly #mostObjects: number;
  readonly #budgets = new Map<string, Budget>();

  /** @param mostObjects - most objects remembered; of the others, the one with the oldest event counts as new */
  constructor(clock: Clock, mostObjects: number) {
    this.#clock = clock;
    this.#mostObjects = mostObjects;
  }

  /** How many objects are remembered. */
  get size(): number {
    return this.#budgets.size;
  }

  /** What to record; `undefined` where the object's budget is used up. */
  admit(object: string, type: string, reason: string, message: string): AdmittedEvent | undefined {
    const now = this.#clock.monotonic();
    const budget = this.#budget(object, now);
    budget.tokens = Math.min(burst, budget.tokens + (now - budget.at) / refillMs);
    budget.at = now;
    if (budget.tokens < 1) return undefined;
    budget.tokens -= 1;
    const group = `${type}\n${reason}`;
    const key = digest(`${object}\n${group}\n${message}`);
    return isOneOfMany(budget, group, key, now)
      ? { key: digest(`${object}\n${group}`), message: `(combined from similar events) ${message}` }
      : { key, message };
  }

  #budget(object: string, now: number): Budget {
    const known = this.#budgets.get(object);
    const budget = known ?? { tokens: burst, at: now, groups: new Map() };
    // The map's order is that of use, so that the first is the one to forget.
    this.#budgets.delete(object);
    this.#budgets.set(object, budget);
    for (const [oldest, idle] of this.#budgets) {
      if (this.#budgets.size <= this.#mostObjects && !isLikeNew(idle, now)) break;
      if (idle !== budget) this.#budgets.delete(oldest);
    }
    return budget;
  }
}

/** Whether it is worth nothing any more: a new one would be the same. */
function isLikeNew({ tokens, at, groups }: Budget, now: number): boolean {
  const windows = [...groups.values()];
  return (
    tokens + (now - at) / refillMs >= burst &&
    windows.every(({ windowStart }) => now - windowStart >= similarWindowMs)
  );
}

function isOneOfMany({ groups }: Budget, group: string, message: string, now: number): boolean {
  let seen = groups.get(group);
  if (seen === undefined || now - seen.windowStart >= similarWindowMs) {
    seen = { windowStart: now, messages: new Set() };
    groups.set(group, seen);
  }
  if (seen.messages.has(message)) return false;
  if (seen.messages.size >= similarMessages) return true;
  seen.messages.add(message);
  return false;
}

function digest(text: string): string {
  return hash('sha256', text, 'base64').slice(0, 20);
}
