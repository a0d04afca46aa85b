import { isRecord } from './json-object.js';

/** Far more than a cluster has identities, bindings or nodes; what is beyond is not shared, only larger. */
const MAX_SHARED = 10_000;

/**
 * Gives the first of all equal values of one kind, so that thousands of objects that repeat a few hundred values hold
 * each of them once. Bounded: beyond 10,000 values it begins anew. Values are JSON, and are not changed afterwards.
 */
export class Sharing<T> {
  readonly #values = new Map<string, T>();
  readonly #keyOf: (value: T) => string;

  /** @param keyOf - what tells most different values apart; of values with one key only the last is shared */
  constructor(keyOf: (value: T) => string) {
    this.#keyOf = keyOf;
  }

  /** The value from before that is equal to `value`; itself where there is none. */
  one(value: T): T {
    const key = this.#keyOf(value);
    const known = this.#values.get(key);
    if (known !== undefined && isEqualJson(known, value)) return known;
    if (this.#values.size >= MAX_SHARED) this.#values.clear();
    this.#values.set(key, value);
    return value;
  }
}

/** Whether two values of JSON are equal; the order of an object's fields does not count. */
export function isEqualJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((entry, at) => isEqualJson(entry, b[at]));
  if (!isRecord(a) || !isRecord(b)) return false;
  let left = 0;
  for (const _ in b) left++;
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !isEqualJson(a[key], b[key])) return false;
    left--;
  }
  return left === 0;
}
