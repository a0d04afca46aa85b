import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isNewSpaceGrown } from './grow-when-busy.js';
import { processorShare } from './processor-share.js';

/** What {@link collectWhereItPays} looks at, and does. */
export interface HeapWatch {
  /** Bytes of the heap that are in use or not collected yet. */
  readonly used: () => number;
  /** The part of the time since it was asked last in which the process had a processor; 1 for one processor wholly. */
  readonly utilization: () => number;
  /** Whether the space for new objects is larger than the process needs at rest; V8 makes it smaller as it collects. */
  readonly grown: () => boolean;
  readonly collect: () => void;
}

const everyMs = 10_000;
/** Busier than this, those who ask at the same moment would be many. A collection takes some 30 ms each time. */
const restingBelow = 0.25;
const worthBytes = 1.5e6;
const mostTriesToShrink = 6;

/**
 * Has V8 collect what the start, or a time of many requests, left behind, as soon as the process rests. Left to itself V8
 * waits until the heap is several times as large as what is alive, which for a daemon on every node is memory for nothing.
 */
export function collectAtRest(): void {
  const collect = compactingCollection();
  const tick = collectWhereItPays({
    used: () => process.memoryUsage().heapUsed,
    utilization: processorShare(),
    grown: isNewSpaceGrown,
    collect,
  });
  setInterval(tick, everyMs).unref();
}

/**
 * A collection after which what is alive lies close together, and the rest is the system's again. An ordinary one leaves
 * pages with little on them where they are: after ten minutes of requests and changes, half of the heap was such holes.
 */
export function compactingCollection(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options?: object) => void;
  setFlagsFromString('--no-expose-gc');
  return () => {
    let known = false;
    collect({
      type: 'major',
      execution: 'sync',
      // Newer V8s keep the pages that they empty for later unless they are asked like this; older ones do not ask for it.
      get flavor() {
        known = true;
        return 'last-resort';
      },
    });
    if (known) return;
    setFlagsFromString('--compact-on-every-full-gc');
    collect();
    setFlagsFromString('--no-compact-on-every-full-gc');
  };
}

/**
 * What is done each time: nothing, unless the process rests and has 1.5 MB more than after the last collection. Room for
 * more new objects than it needs at rest goes with a few collections after it was busy.
 */
export function collectWhereItPays({ used, utilization, grown, collect }: HeapWatch): () => void {
  let kept = 0;
  let triesToShrink = 0;
  return () => {
    if (utilization() > restingBelow) {
      triesToShrink = mostTriesToShrink;
      return;
    }
    const shrinks = triesToShrink > 0 && grown();
    if (used() < kept + worthBytes && !shrinks) return;
    triesToShrink--;
    collect();
    kept = used();
  };
}
