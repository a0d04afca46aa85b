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
  const failures: { readonly at: number; readonly error: unknown }[] = [];
  const entries = items.entries();
  // Each takes what is next: of thousands of items only those that are worked on cost anything.
  const worker = async (): Promise<void> => {
    for (const [at, item] of entries) {
      try {
        await work(item);
      } catch (error) {
        failures.push({ at, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return failures.sort((a, b) => a.at - b.at).map(({ error }) => error);
}
