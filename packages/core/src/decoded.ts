import type { Problem } from './problem.js';

/**
 * Outcome of decoding an untrusted object. A value may stand although there are problems: a field that is wrong reads
 * as absent, so that one bad field never hides the object. Only an object without a usable name has no value.
 */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };
