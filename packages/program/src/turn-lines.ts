/** Where lines are written to, such as `process.stderr`. */
export interface LineTarget {
  write(text: string): unknown;
}

/**
 * Writes the lines of one turn of the event loop at once. Under load a line is a system call less; alone it is written
 * before the process waits for anything. What is left is written when the process exits, whatever ends it but a signal
 * that cannot be caught.
 *
 * @param onExit - registers what is to be done at the end of the process
 */
export function turnLines(
  target: LineTarget,
  onExit: (last: () => void) => unknown = (last) => process.once('exit', last),
): (line: string) => void {
  let waiting = '';
  const flush = (): void => {
    if (waiting === '') return;
    const text = waiting;
    waiting = '';
    target.write(text);
  };
  onExit(flush);
  return (line) => {
    if (waiting === '') setImmediate(flush);
    waiting += line;
  };
}
