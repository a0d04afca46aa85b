import type { Lifeline } from './lifeline.js';

/** Whether a process survives its next effect. */
export type Fate = 'lives' | 'dies-before' | 'dies-after';

/** A process as what lies around it sees it. */
export interface WiredProcess {
  readonly name: string;
  readonly life: Lifeline;
  /** The process is about to change something outside. */
  effect(): Fate;
  kill(): void;
}

/** How long things are on their way, in milliseconds. */
export interface Delays {
  request(): number;
  answer(): number;
  watch(): number;
  arm(): number;
}

/** What a dead process, or one that is given up, waits for. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
