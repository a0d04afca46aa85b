import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { processorShare } from './processor-share.js';

/** What {@link growWhereItPays} looks at, and does. */
export interface NewSpace {
  /** The part of the time since it was asked last in which the process had a processor; 1 for one processor wholly. */
  readonly utilization: () => number;
  /** Bytes of the space for new objects. */
  readonly size: () => number;
  readonly grow: () => void;
}

const everyMs = 500;
const busyAbove = 0.5;
const turnsToGrow = 3;
/** Two halves of 4 MB. */
const enough = 8 * 1_024 * 1_024;
/** More would be a V8 that grows it by other rules; then it stays as it is. */
const mostRounds = 64;

/**
 * Gives the space for new objects, which `keepNewSpaceSmall` keeps at 2 x 1 MB, 2 x 4 MB in a time of much work: each
 * collection is a pause of a few tenths of a millisecond, and at 2 x 1 MB one request in a hundred meets one. A full
 * collection at rest makes it small again, by V8's own rules.
 */
export function growWhenBusy(): void {
  const tick = growWhereItPays({ utilization: processorShare(), size: newSpaceBytes, grow: growNewSpace });
  setInterval(tick, everyMs).unref();
}

/** What is done each time: nothing, unless the process has been busy for longer than a start takes. */
export function growWhereItPays({ utilization, size, grow }: NewSpace): () => void {
  let busyTurns = 0;
  return () => {
    busyTurns = utilization() > busyAbove ? busyTurns + 1 : 0;
    if (busyTurns >= turnsToGrow && size() < enough) grow();
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

/** Whether it is larger than it is kept at rest. */
export function isNewSpaceGrown(): boolean {
  return newSpaceBytes() >= enough / 2;
}

function newSpaceBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? enough;
}
