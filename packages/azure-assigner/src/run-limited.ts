import { ConcurrencyLimit } from './concurrency-limit.js';

/**
 * Runs `work` for each item, at most `limit` at once, all of them even where some fail.
 *
 * @returns what was thrown, in the order of the items
 */
export async function runLimited<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<readonly unknown[]> {
  const places = new ConcurrencyLimit(limit);
  const outcomes = await Promise.allSettled(items.map((item) => places.run(() => work(item))));
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
}
