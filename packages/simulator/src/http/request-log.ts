/**
 * What a simulated service was asked: tests and people look here to see what really reached Azure.
 *
 * @module
 */
import type { FaultTarget } from '../faults.js';
import type { HttpRequest, HttpResponse } from './message.js';

/** A request that was seen, with its answer's status. No token, secret or assertion is in it. */
export interface SeenRequest {
  readonly service: FaultTarget;
  /** Which instance was asked, where there are several: the node's name for IMDS. */
  readonly instance?: string;
  /** Wall-clock milliseconds. */
  readonly at: number;
  readonly method: string;
  /** The request target exactly as it was sent. */
  readonly target: string;
  /** Headers by lower-case name; the value of `authorization` is replaced. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, of requests to ARM only. */
  readonly body?: string;
  /** The status answered; 0 where the connection was cut. */
  readonly status: number;
}

/** How many requests are kept; older ones are forgotten. */
const kept = 10_000;

/** The requests seen, oldest first. */
export class RequestLog {
  readonly #requests: SeenRequest[] = [];

  /** Notes a request and its answer (`undefined`: the connection was cut). */
  add(
    source: { readonly service: FaultTarget; readonly instance?: string; readonly at: number },
    request: HttpRequest,
    response: HttpResponse | undefined,
  ): void {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) {
      if (value === undefined) continue;
      headers[name] = name === 'authorization' ? '(hidden)' : [value].flat().join(', ');
    }
    this.#requests.push({
      ...source,
      method: request.method,
      target: request.target,
      headers,
      ...(source.service === 'arm' && request.body !== '' && { body: request.body }),
      status: response?.status ?? 0,
    });
    if (this.#requests.length > kept) this.#requests.splice(0, this.#requests.length - kept);
  }

  /** The requests of one service, or of all. */
  list(service?: FaultTarget, instance?: string): SeenRequest[] {
    return this.#requests.filter(
      (request) =>
        (service === undefined || request.service === service) &&
        (instance === undefined || request.instance === instance),
    );
  }

  /** Forgets everything. */
  clear(): void {
    this.#requests.length = 0;
  }
}
