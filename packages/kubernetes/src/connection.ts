/**
 * The way to an API server, as an interface: real ones are made by `loadConnection` and `clientNodeConnection`,
 * and a test or a simulation can implement it in its own process.
 *
 * @module
 */

/** One HTTP request to the API server. */
export interface KubernetesRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path from the server's root, percent-encoded, without a query: `/api/v1/namespaces/default/pods`. */
  readonly path: string;
  /** Query parameters, not yet encoded; those that are `undefined` are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The media type of `body`. @default 'application/json' */
  readonly contentType?: string;
  /** The media type wanted. @default 'application/json' */
  readonly accept?: string;
  /** Ends the request, and the reading of its answer, with a `KubernetesError` of code `aborted`. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds until the request fails with code `timeout`: for `json()` the whole exchange, for `lines()` until
   * the answer's head is there (a watch has its own bounds). @default 30000
   */
  readonly timeoutMs?: number;
}

/** An answer. Exactly one of `json()` and `lines()` is to be called, once: it frees the socket. */
export interface KubernetesResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The whole body, parsed. An empty body is `undefined`.
   * @throws KubernetesError `bad-response` where it is not JSON or larger than the connection's bound, `network`,
   * `timeout`, `aborted`.
   */
  json(): Promise<unknown>;
  /**
   * The body line by line as it arrives, without the line ends and without empty lines. Leaving the loop closes the
   * request.
   * @throws KubernetesError `network` where the stream breaks, `aborted`, `bad-response` for a line beyond the bound.
   */
  lines(): AsyncIterable<string>;
}

/** A way to an API server. */
export interface Connection {
  /** For messages: the server's address, such as `https://10.0.0.1:443`. */
  readonly server: string;
  /**
   * Sends a request. Resolves for any HTTP status, failing ones included.
   * @throws KubernetesError where there is no answer: `network`, `timeout`, `aborted`, `configuration` (credentials
   * that can no longer be read).
   */
  request(request: KubernetesRequest): Promise<KubernetesResponse>;
  /** Ends all requests and closes the sockets. */
  close(): Promise<void>;
}
