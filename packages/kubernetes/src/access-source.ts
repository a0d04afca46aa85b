/**
 * Where a pooled connection gets its sockets and credentials from, and gets them again when they are refused.
 *
 * @module
 */
import type { HttpTransport } from './http-transport.js';

/** What one request goes out with. */
export interface Access {
  readonly transport: HttpTransport;
  readonly headers: Readonly<Record<string, string>>;
}

/** A source of {@link Access}. */
export interface AccessSource {
  /** The server's base URL, with no query. */
  readonly server: URL;
  /** @throws KubernetesError `configuration` where credentials can no longer be had. */
  access(): Promise<Access>;
  /**
   * Called after the server refused `rejected` (401) or TLS failed with it: what to try instead, or `undefined` where
   * nothing has changed since.
   */
  refresh(rejected: Access): Promise<Access | undefined>;
  /** Closes all sockets and ends what runs on them. */
  close(): Promise<void>;
}
