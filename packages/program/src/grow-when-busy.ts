import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { processorShare } from './processor-share.js';

/** What {@link growWhereItPays} looks at, and does. */
export interface NewSpace {
  /** The part of the time since it was asked last in which the process had a processor; 1 for one processor wholly. */
  readonly utilization: () => number;
  /** Bytes that it has room for. */
  readonly room: () => number;
  readonly grow: () => void;
}

const everyMs = 500;
const busyAbove = 0.5;
const turnsToGrow = 3;
/** A half of 4 MB, of which its pages need something themselves. */
const enough = 3.5e6;
/** More than the half of 1 MB that it has at rest. */
const grown = 1.9e6;
/** More would be a V8 that grows it by other rules; then it stays as it is. */
const mostRounds = 64;

/**
 * Gives the space for new objects, which `keepNewSpaceSmall` keeps at 2 x 1 MB, 2 x 4 MB in a time of much work: each
 * collection is a pause of a few tenths of a millisecond, and at 2 x 1 MB one request in a hundred meets one. A full
 * collection at rest makes it small again, by V8's own rules.
 */
export function growWhenBusy(): void {
  const tick = growWhereItPays({ utilization: processorShare(), room: roomForNew, grow: growNewSpace });
  setInterval(tick, everyMs).unref();
}

/** What is done each time: nothing, unless the process has been busy for longer than a start takes. */
export function growWhereItPays({ utilization, room, grow }: NewSpace): () => void {
  let busyTurns = 0;
  return () => {
    busyTurns = utilization() > busyAbove ? busyTurns + 1 : 0;
    if (busyTurns >= turnsToGrow && room() < enough) grow();
  };
}

/**
 * Grows it in one step, now: V8 does so at a collection after as much was kept as the space holds. Left to come by
 * itself, the next step could follow before anybody looks. Takes 4 to 6 ms.
 */
function growNewSpace(): void {
  setFlagsFromString(`--semi-space-growth-factor=${roomForNew() < grown ? 4 : 2}`);
  const kept: unknown[] = [];
  for (let round = 0; round < mostRounds && roomForNew() < enough; round++)
    for (let i = 0; i < 2_000; i++) kept[i % 1_000] = new Array(64).fill(i);
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Whether it is larger than it is kept at rest. */
export function isNewSpaceGrown(): boolean {
  return roomForNew() >= grown;
}

/** What it takes until the next collection. Its size as V8 tells it would count pages that come and go meanwhile. */
function roomForNew(): number {
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return space === undefined ? enough : space.space_used_size + space.space_available_size;
}
