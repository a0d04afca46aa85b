import type { Clock } from '@aad-pod-identity/core';

/** Where lines are written to, such as `process.stderr`. */
export interface LineTarget {
  write(text: string): unknown;
}

/** Longest that a line waits for others, in milliseconds. */
const gatherMs = 10;
/** So many characters are written without waiting for more. */
const mostWaiting = 65_536;

/**
 * Writes lines together: those of one turn of the event loop, and under load those of 10 ms, so that a write is paid for
 * many lines. Where nothing was written for that long, a line is written at the end of its turn, before the process waits
 * for anything. What is left is written when the process exits, whatever ends it but a signal that cannot be caught.
 *
 * @param onExit - registers what is to be done at the end of the process
 */
export function turnLines(
  target: LineTarget,
  clock: Clock,
  onExit: (last: () => void) => unknown = (last) => process.once('exit', last),
): (line: string) => void {
  let waiting = '';
  let writtenAt = -Infinity;
  const flush = (): void => {
    if (waiting === '') return;
    const text = waiting;
    waiting = '';
    writtenAt = clock.monotonic();
    target.write(text);
  };
  onExit(flush);
  return (line) => {
    const isFirst = waiting === '';
    waiting += line;
    if (waiting.length >= mostWaiting) return flush();
    if (!isFirst) return;
    const left = writtenAt + gatherMs - clock.monotonic();
    if (left <= 0) setImmediate(flush);
    else clock.after(left, flush);
  };
}
