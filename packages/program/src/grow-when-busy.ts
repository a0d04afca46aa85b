import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { processorShare } from './processor-share.js';

/** What {@link heedLoad} looks at, and does. */
export interface LoadEffects {
  /** The part of the time since it was asked last in which the process had a processor; 1 for one processor wholly. */
  readonly utilization: () => number;
  /** Each time while the process is busy. */
  readonly busy: () => void;
  /** When it is busy no more. */
  readonly rested: () => void;
}

const everyMs = 500;
const busyAbove = 0.5;
/** Two halves of 4 MB. */
const enough = 8 * 1_024 * 1_024;
/** More would be a V8 that grows it by other rules; then it stays as it is. */
const mostRounds = 64;

/**
 * Lets the heap be larger in a time of much work, for a process that keeps it small otherwise: the space for new objects,
 * which `keepNewSpaceSmall` keeps at 2 x 1 MB, becomes 2 x 4 MB, and `preferSmallHeap` is lifted. Collections, each a
 * few tenths of a millisecond, took a quarter of MIC's time in a burst of pods. V8 makes the space small again itself.
 */
export function growWhenBusy({
  optimizesForSize = false,
}: { readonly optimizesForSize?: boolean } = {}): void {
  const tick = heedLoad({
    utilization: processorShare(),
    busy: () => {
      if (optimizesForSize) setFlagsFromString('--no-optimize-for-size');
      if (newSpaceBytes() < enough) growNewSpace();
    },
    rested: () => {
      if (optimizesForSize) setFlagsFromString('--optimize-for-size');
    },
  });
  setInterval(tick, everyMs).unref();
}

/** What is done each time. One busy moment is not enough: a start is one. */
export function heedLoad({ utilization, busy, rested }: LoadEffects): () => void {
  let turns = 0;
  return () => {
    if (utilization() > busyAbove) {
      turns++;
      if (turns > 1) busy();
    } else {
      if (turns > 1) rested();
      turns = 0;
    }
  };
}

/**
 * Grows it in one step, now: V8 does so at a collection after as much was kept as the space holds. Left to come by
 * itself, the next step could follow before anybody looks. Takes 4 to 6 ms.
 */
function growNewSpace(): void {
  setFlagsFromString('--semi-space-growth-factor=4');
  const kept: unknown[] = [];
  for (let round = 0; round < mostRounds && newSpaceBytes() < enough; round++)
    for (let i = 0; i < 2_000; i++) kept[i % 1_000] = new Array(64).fill(i);
  setFlagsFromString('--semi-space-growth-factor=1');
}

function newSpaceBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? enough;
}
