import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 prefer a small heap to few collections, for a daemon that does little for most of its life. To be called
 * before anything large is allocated. Set here and not on the command line, so that it holds however the program is
 * started; V8 does not take the first from NODE_OPTIONS.
 */
export function preferSmallHeap(): void {
  setFlagsFromString('--optimize-for-size');
  keepNewSpaceSmall();
}

/**
 * Keeps the space for new objects at 2 x 1 MB, where V8 lets it grow to 2 x 16 MB in a burst of work. For a daemon whose
 * requests leave little behind: it collects more often, each time next to nothing. `--max-semi-space-size` counts only
 * before the process has started; the factor by which the space grows is read each time.
 */
export function keepNewSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
