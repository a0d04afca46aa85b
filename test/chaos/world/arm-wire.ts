import type { Clock } from '@aad-pod-identity/core';
import type { Azure, Caller } from '@aad-pod-identity/simulator';
import type { ArmFault, ArmFaults } from './arm-faults.js';
import { never, type Delays, type WiredProcess } from './wired-process.js';

/** One request to ARM. */
export interface ArmRequest {
  readonly method: 'GET' | 'PATCH';
  /** Path and query. */
  readonly target: string;
  readonly body?: unknown;
  /** The version of the resource that it is meant for. */
  readonly ifMatch?: string;
}

/** An answer of ARM; headers by lower-case name. */
export interface ArmAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Who looks on. Synchronous, at the moment that it happens. */
export interface ArmObserver {
  /** A process sends a request. */
  sent(process: WiredProcess, request: ArmRequest): void;
  /** ARM handles it. */
  served(process: WiredProcess, request: ArmRequest, answer: ArmAnswer): void;
  /** The process has the answer; `undefined`: the connection broke, or it gave up. */
  answered(process: WiredProcess, request: ArmRequest, answer: ArmAnswer | undefined): void;
}

/** What a wire is laid between. */
export interface ArmWireOptions {
  readonly process: WiredProcess;
  readonly azure: Azure;
  readonly caller: Caller;
  readonly clock: Clock;
  readonly delays: Delays;
  readonly faults: ArmFaults;
  readonly observer: ArmObserver;
}

/** For each request, as MIC's own client has it. */
const requestTimeoutMs = 30_000;

/** The way of one process to ARM, with delays and faults. */
export class ArmWire {
  readonly #options: ArmWireOptions;

  constructor(options: ArmWireOptions) {
    this.#options = options;
  }

  /** Sends a request. Resolves for any status; rejects where there is no answer, or `signal` aborts. */
  send(request: ArmRequest, signal: AbortSignal): Promise<ArmAnswer> {
    const { process, observer } = this.#options;
    const { life } = process;
    if (life.dead) return never();
    const fate = request.method === 'GET' ? 'lives' : process.effect();
    if (fate === 'dies-before') {
      process.kill();
      return never();
    }
    return new Promise((resolve, reject) => {
      let over = false;
      const end = (finish: () => void, answer?: ArmAnswer): void => {
        if (over) return;
        over = true;
        cancelTimeout();
        signal.removeEventListener('abort', abort);
        observer.answered(process, request, answer);
        finish();
      };
      const abort = (): void => end(() => reject(new Error('The operation was aborted.')));
      if (signal.aborted) {
        reject(new Error('The operation was aborted.'));
        return;
      }
      observer.sent(process, request);
      const cancelTimeout = life.after(requestTimeoutMs, () =>
        end(() => reject(new Error('The operation was aborted due to timeout'))),
      );
      signal.addEventListener('abort', abort);
      const { clock, delays } = this.#options;
      clock.after(delays.arm(), () => {
        const outcome = this.#serve(request);
        if (fate === 'dies-after') process.kill();
        if (outcome === 'silence') return;
        const answer = outcome === 'reset' ? undefined : outcome;
        clock.after(delays.arm(), () =>
          life.deliver(() =>
            end(() => (answer === undefined ? reject(new Error('socket hang up')) : resolve(answer)), answer),
          ),
        );
      });
    });
  }

  #serve(request: ArmRequest): ArmAnswer | 'silence' | 'reset' {
    const { process, observer, faults, clock } = this.#options;
    const fault = faults.take(request.method);
    if (fault === undefined) return this.#handle(request);
    if (fault.how === 'status') {
      if (fault.after === true) this.#handle(request);
      const answer = failing(fault, clock.now());
      observer.served(process, request, answer);
      return answer;
    }
    if (fault.after) this.#handle(request);
    return fault.how;
  }

  #handle(request: ArmRequest): ArmAnswer {
    const { azure, caller, process, observer } = this.#options;
    const { method, target, body, ifMatch } = request;
    const text = body === undefined ? '' : JSON.stringify(body);
    const response = azure.arm({ method, target, headers: { 'if-match': ifMatch }, body: text }, caller);
    const headers = Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const answer = { status: response.status, headers, body: response.body };
    observer.served(process, request, answer);
    return answer;
  }
}

function failing(fault: Extract<ArmFault, { how: 'status' }>, now: number): ArmAnswer {
  const { status, code, retryAfter } = fault;
  const headers: Record<string, string> = { date: new Date(now).toUTCString() };
  if (retryAfter?.form === 'seconds') headers['retry-after'] = String(retryAfter.seconds);
  if (retryAfter?.form === 'milliseconds') headers['x-ms-retry-after-ms'] = String(retryAfter.seconds * 1000);
  if (retryAfter?.form === 'date')
    headers['retry-after'] = new Date(Math.ceil(now / 1000 + retryAfter.seconds) * 1000).toUTCString();
  return { status, headers, body: { error: { code, message: 'a fault of the simulation' } } };
}
