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
  const errors = new Map<number, unknown>();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      const item = items[at] as T;
      try {
        await work(item);
      } catch (error) {
        errors.set(at, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return [...errors].sort(([a], [b]) => a - b).map(([, error]) => error);
}
