import { isFull, type JsonObject, type Problems } from './json-object.js';
import { isEqualJson } from './sharing.js';

/** Far more than a cluster has identities or bindings; what is beyond is decoded each time. */
const MAX_KNOWN = 10_000;

interface Known<T> {
  readonly json: unknown;
  readonly namespace: string;
  readonly value: T;
}

/**
 * Decodes the first of all equal objects of one kind, and gives what came of it for the others: thousands of objects
 * repeat a few hundred. Bounded: beyond 10,000 it begins anew. What is wrong with an object is reported each time.
 */
export class DecodedOnce<T> {
  readonly #known = new Map<string, Known<T>>();

  /**
   * @param key - what tells most different objects apart; of those with one key only the last is known
   * @param namespace - what the outcome depends on beside the object itself
   */
  one(key: string, json: JsonObject, namespace: string, problems: Problems, decode: () => T): T {
    const known = this.#known.get(key);
    if (known?.namespace === namespace && isEqualJson(known.json, json.record)) return known.value;
    const before = problems.length;
    const value = decode();
    if (problems.length === before && !isFull(problems)) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(key, { json: json.record, namespace, value });
    }
    return value;
  }
}
