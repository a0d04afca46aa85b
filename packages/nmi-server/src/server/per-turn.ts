/**
 * What belongs together because it came in the same turn of the event loop.
 *
 * @module
 */

/**
 * Gathers what comes in a turn of the event loop, and hands it over at the turn's end, or as soon as it is so much.
 *
 * @param most - of one handing over
 * @param schedule - calls back at the end of the turn
 */
export function perTurn<T>(
  most: number,
  handOver: (items: readonly T[]) => void,
  schedule: (run: () => void) => unknown = setImmediate,
): (item: T) => void {
  let items: T[] = [];
  let isScheduled = false;
  const hand = (): void => {
    const gathered = items;
    items = [];
    handOver(gathered);
  };
  const endTurn = (): void => {
    isScheduled = false;
    if (items.length > 0) hand();
  };
  return (item) => {
    items.push(item);
    if (items.length >= most) return hand();
    if (isScheduled) return;
    isScheduled = true;
    schedule(endTurn);
  };
}
