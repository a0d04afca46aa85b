import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect when there is half as much again as what was alive after the last collection, where it lets a small heap
 * grow to four times as much. For a daemon whose work comes in bursts: fewer collections than that would make it little
 * quicker. What they leave goes when it rests, by `collectAtRest`.
 */
export function growHeapSlowly(): void {
  setFlagsFromString('--heap-growing-percent=50');
}

/**
 * Keeps the space for new objects at 2 x 1 MB, where V8 lets it grow to 2 x 16 MB in a burst of work. For a daemon whose
 * requests leave little behind: it collects more often, each time next to nothing. `--max-semi-space-size` counts only
 * before the process has started; the factor by which the space grows is read each time.
 */
export function keepNewSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Has V8 compile only what is called most, and for good: what its two quicker compilers make of all the rest is several
 * megabytes. For a daemon whose requests all take the same way.
 */
export function compileLittle(): void {
  setFlagsFromString('--no-sparkplug');
  setFlagsFromString('--no-maglev');
}
