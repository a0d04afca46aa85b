/**
 * Comparing resource versions. They are opaque in principle and increasing integers on every API server with etcd;
 * where one is not a number nothing is concluded from it.
 *
 * @module
 */

const decimal = /^[0-9]{1,19}$/;

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`; `undefined` where that cannot be told. */
export function compareResourceVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!decimal.test(a) || !decimal.test(b)) return undefined;
  return a.length === b.length ? (a < b ? -1 : 1) : a.length - b.length;
}

/** Whether `candidate` may replace `current`: it differs, and is not known to be older. */
export function isNewer(candidate: string, current: string): boolean {
  const order = compareResourceVersions(candidate, current);
  return order === undefined || order > 0;
}
