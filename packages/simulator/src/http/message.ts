/**
 * HTTP messages as the simulated services see them: what was on the wire, read to the end.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';

/** A request, with its whole body. */
export interface HttpRequest {
  readonly method: string;
  /** The request target exactly as it was sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as sent: the only place where a header that came twice shows. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** An answer. */
export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string goes out as it is; anything else as JSON. */
  readonly body?: unknown;
}

/** A service: one answer for one request. It never throws for what a caller sent. */
export type HttpService = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** The target as path and query. Absolute targets lose their authority. */
export function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const local = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  const mark = local.indexOf('?');
  if (mark < 0) return { path: local, query: new URLSearchParams() };
  return { path: local.slice(0, mark), query: new URLSearchParams(local.slice(mark + 1)) };
}
