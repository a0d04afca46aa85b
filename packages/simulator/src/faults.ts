/**
 * Faults on request: rules that make one of the simulated services slow, failing or gone, for tests of how MIC, NMI
 * and clients bear it.
 *
 * @module
 */

/** The services that a fault can hit. */
export type FaultTarget = 'kubernetes' | 'arm' | 'entra' | 'imds';

/** What happens to a request that a rule hits. */
export type FaultAction =
  | { readonly kind: 'latency'; /** Milliseconds that the answer waits. */ readonly ms: number }
  | {
      readonly kind: 'status';
      /** The HTTP status answered instead of serving the request. */
      readonly status: number;
      /** The body: a string goes out as it is, anything else as JSON. Without it the service words an error of its own. */
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      /** Adds a `Retry-After` header with this many seconds. */
      readonly retryAfterSeconds?: number;
    }
  /** The connection is cut without an answer; of one that several requests share (HTTP/2), what carries this one. */
  | { readonly kind: 'reset' };

/** Which requests a fault hits, and what it does to them. */
export interface FaultRule {
  readonly target: FaultTarget;
  /** The HTTP method, in any casing; any method where absent. */
  readonly method?: string;
  /**
   * A part of the request target (path and query, any casing), or the source of a regular expression for it. Any path
   * where absent.
   */
  readonly path?: string;
  readonly action: FaultAction;
  /** How many requests it hits before it is gone; no end where absent. */
  readonly times?: number;
}

/** A rule in force: {@link FaultRule} with its ID and what is left of it. */
export interface ActiveFault {
  readonly id: string;
  readonly rule: FaultRule;
  /** How many requests it has hit so far. */
  readonly hits: number;
}

/** The part of a request that decides whether a fault hits it. */
export interface FaultRequest {
  readonly target: FaultTarget;
  readonly method: string;
  /** Path and query as received. */
  readonly path: string;
}

interface Entry {
  readonly id: string;
  readonly rule: FaultRule;
  readonly matches: (path: string) => boolean;
  hits: number;
}

/**
 * The rules in force. Rules are tried in the order of their addition; deterministic, no clock, no chance.
 *
 * @example
 * const id = faults.add({ target: 'arm', method: 'PATCH', action: { kind: 'status', status: 429, retryAfterSeconds: 3 }, times: 2 });
 */
export class Faults {
  readonly #entries = new Map<string, Entry>();
  #created = 0;

  /** Puts a rule in force and returns its ID. Throws `TypeError` where the rule makes no sense. */
  add(rule: FaultRule): string {
    if (rule.times !== undefined && (!Number.isInteger(rule.times) || rule.times < 1)) {
      throw new TypeError(`times of a fault must be a whole number of at least 1, not ${rule.times}`);
    }
    const id = `fault-${++this.#created}`;
    this.#entries.set(id, { id, rule, matches: pathMatcher(rule.path), hits: 0 });
    return id;
  }

  /** Takes a rule away; `false` where there is none with this ID (any more). */
  remove(id: string): boolean {
    return this.#entries.delete(id);
  }

  /** Takes every rule away. */
  clear(): void {
    this.#entries.clear();
  }

  /** The rules in force, oldest first. */
  list(): ActiveFault[] {
    return [...this.#entries.values()].map(({ id, rule, hits }) => ({ id, rule, hits }));
  }

  /**
   * What is to happen to this request: the actions of every latency rule that hits it, then that of the first other
   * one. Counts as a hit for each of them.
   */
  match(request: FaultRequest): FaultAction[] {
    const actions: FaultAction[] = [];
    let decided = false;
    for (const entry of this.#entries.values()) {
      const ends = entry.rule.action.kind !== 'latency';
      if ((ends && decided) || !hits(entry, request)) continue;
      entry.hits++;
      if (entry.rule.times !== undefined && entry.hits >= entry.rule.times) this.#entries.delete(entry.id);
      if (ends) decided = true;
      actions.push(entry.rule.action);
    }
    return actions.sort((a, b) => Number(a.kind !== 'latency') - Number(b.kind !== 'latency'));
  }
}

function hits(entry: Entry, request: FaultRequest): boolean {
  const { target, method } = entry.rule;
  if (target !== request.target) return false;
  if (method !== undefined && method.toUpperCase() !== request.method.toUpperCase()) return false;
  return entry.matches(request.path);
}

function pathMatcher(path: string | undefined): (path: string) => boolean {
  if (path === undefined || path === '') return () => true;
  const lower = path.toLowerCase();
  const pattern = compile(path);
  return (candidate) => candidate.toLowerCase().includes(lower) || (pattern?.test(candidate) ?? false);
}

/** A path with, say, an unbalanced bracket is still a fine substring. */
function compile(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'i');
  } catch {
    return undefined;
  }
}
