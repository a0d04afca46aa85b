/**
 * What Linux says of a process.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

const millisecondsPerTick = 10;

/** Milliseconds of processor time that a process has used, to the nearest 10. */
export function processorMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * millisecondsPerTick;
}

/** Bytes of memory of a process: resident now, at most so far, and the part that is its own and not of files. */
export function residentBytes(pid: number): {
  readonly now: number;
  readonly peak: number;
  readonly anonymous: number;
} {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const bytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) * 1_024;
  return { now: bytes('VmRSS'), peak: bytes('VmHWM'), anonymous: bytes('RssAnon') };
}
