import type { Clock } from '@aad-pod-identity/core';

/** Where lines are written to, such as `process.stderr`. */
export interface LineTarget {
  write(bytes: Uint8Array): unknown;
}

/** Longest that a line waits for others, in milliseconds. */
const gatherMs = 10;
/** So many bytes are written without waiting for more. */
const mostWaiting = 65_536;
/** A character of a string is at most so many bytes. */
const bytesEach = 3;

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
  // As bytes: strings that wait would be alive at each collection of new objects, and copied by it.
  const gathered = Buffer.allocUnsafeSlow(mostWaiting);
  let waiting = 0;
  let writtenAt = -Infinity;
  const flush = (): void => {
    if (waiting === 0) return;
    const bytes = Buffer.from(gathered.subarray(0, waiting));
    waiting = 0;
    writtenAt = clock.monotonic();
    target.write(bytes);
  };
  onExit(flush);
  return (line) => {
    const most = line.length * bytesEach;
    if (waiting + most > mostWaiting) flush();
    if (most > mostWaiting) {
      target.write(Buffer.from(line));
      return;
    }
    const isFirst = waiting === 0;
    waiting += gathered.write(line, waiting, 'utf8');
    if (!isFirst) return;
    const left = writtenAt + gatherMs - clock.monotonic();
    if (left <= 0) setImmediate(flush);
    else clock.after(left, flush);
  };
}
