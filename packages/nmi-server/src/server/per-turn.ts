/**
 * What belongs together because it came in the same turn of the event loop.
 *
 * @module
 */

/**
 * Gathers what comes in a turn of the event loop, and hands it over at the turn's end.
 *
 * @param schedule - calls back at the end of the turn
 */
export function perTurn<T>(
  handOver: (items: readonly T[]) => void,
  schedule: (run: () => void) => unknown = setImmediate,
): (item: T) => void {
  let items: T[] = [];
  const run = (): void => {
    const gathered = items;
    items = [];
    handOver(gathered);
  };
  return (item) => {
    if (items.push(item) === 1) schedule(run);
  };
}
