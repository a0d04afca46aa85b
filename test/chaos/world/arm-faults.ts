/** What happens to one request to ARM instead of an answer. */
export type ArmFault =
  | {
      readonly how: 'status';
      readonly status: number;
      readonly code: string;
      /** How, and for how long, ARM asks to be left alone. */
      readonly retryAfter?: { readonly form: 'seconds' | 'date' | 'milliseconds'; readonly seconds: number };
      /** The request takes effect all the same. */
      readonly after?: boolean;
    }
  /** No answer ever comes; `after`: the request takes effect. */
  | { readonly how: 'silence'; readonly after: boolean }
  /** The connection breaks; `after`: when the request has taken effect. */
  | { readonly how: 'reset'; readonly after: boolean };

/** A fault and the requests that it may hit. */
export interface PlannedArmFault {
  readonly fault: ArmFault;
  readonly method?: 'GET' | 'PATCH';
}

/** What goes wrong in ARM, or on the way there. */
export class ArmFaults {
  /** The next requests that fit. */
  planned: PlannedArmFault[] = [];
  /** ARM cannot be reached at all. */
  away = false;
  /** How many requests were hit. */
  hits = 0;

  clear(): void {
    Object.assign(this, new ArmFaults());
  }

  /** What happens to this request, if anything does. */
  take(method: string): ArmFault | undefined {
    const index = this.planned.findIndex((fault) => (fault.method ?? method) === method);
    if (!this.away && index < 0) return undefined;
    this.hits++;
    return this.away ? { how: 'reset', after: false } : this.planned.splice(index, 1)[0]?.fault;
  }
}
