/**
 * Where tokens come from, one implementation for each way.
 *
 * @module
 */
import type { AzureIdentity, ObjectKey } from '@aad-pod-identity/core';
import type { AccessToken } from './access-token.js';

/** Which token is wanted. */
export interface TokenRequest {
  readonly identity: AzureIdentity;
  /** For a service principal, one of its tenants; empty for a managed identity. */
  readonly tenant: string;
  readonly resource: string;
  /** Who asks: pods of one identity have their turns at the upstream. It decides nothing about the token. */
  readonly pod: ObjectKey;
}

/** Fetches a new token. */
export interface TokenSource {
  /**
   * Asked on each request before a token that is held already is served: rules may have changed since it was fetched.
   *
   * @throws UpstreamError `refused`
   */
  permit?(identity: AzureIdentity): void;
  /** @throws UpstreamError, in a line that names what is wrong and holds no secret */
  fetch(request: TokenRequest): Promise<AccessToken>;
  /** Another pod waits for a token that is being fetched, which must not take longer than if it had asked first. */
  join?(request: TokenRequest): void;
}
