/**
 * Tokens for a granted identity: from the cache, else from the source of its type.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { AzureIdentity, ObjectKey } from '@aad-pod-identity/core';
import { andThen, type Awaitable } from '../awaitable.js';
import type { AccessToken } from './access-token.js';
import { tenantsOf } from './credential-policy.js';
import type { TokenCache } from './token-cache.js';
import type { TokenRequest, TokenSource } from './token-source.js';

/** Where a token is fetched from; the label of its metrics, with the original's names. */
export type TokenOperation = 'adal_token_msi_userassignedid' | 'adal_token';

/** Options of a {@link TokenService}. */
export interface TokenServiceOptions {
  readonly cache: TokenCache;
  readonly managedIdentities: TokenSource;
  readonly servicePrincipals: TokenSource;
  /** Wraps each fetch, to measure it. */
  readonly measure: <T>(operation: TokenOperation, fetch: () => Promise<T>) => Promise<T>;
}

/** Gets tokens. What a caller may have was decided before. */
export class TokenService {
  readonly #options: TokenServiceOptions;
  readonly #specs = new WeakMap<AzureIdentity, string>();

  constructor(options: TokenServiceOptions) {
    this.#options = options;
  }

  /**
   * The tokens of an identity for a resource that a pod asked for: one, and one more for each auxiliary tenant of a
   * service principal. At once, where they are held.
   *
   * @throws UpstreamError, here or by the promise
   */
  tokens(identity: AzureIdentity, resource: string, pod: ObjectKey): Awaitable<readonly AccessToken[]> {
    if (identity.spec.type === 0) {
      const request = { identity, tenant: '', resource, pod };
      return andThen(this.#token(request, 'adal_token_msi_userassignedid'), (token) => [token]);
    }
    this.#options.servicePrincipals.permit?.(identity);
    const tokens: Awaitable<AccessToken>[] = tenantsOf(identity).map((tenant) =>
      this.#token({ identity, tenant, resource, pod }, 'adal_token'),
    );
    const held = tokens.filter((token): token is AccessToken => !(token instanceof Promise));
    return held.length === tokens.length ? held : Promise.all(tokens.map((token) => Promise.resolve(token)));
  }

  #token(request: TokenRequest, operation: TokenOperation): Awaitable<AccessToken> {
    const { cache, managedIdentities, servicePrincipals, measure } = this.#options;
    const { identity, tenant, resource } = request;
    const source = identity.spec.type === 0 ? managedIdentities : servicePrincipals;
    return cache.get(
      { identity: identity.uid, spec: this.#specOf(identity), tenant, resource },
      () => measure(operation, () => source.fetch(request)),
      () => source.join?.(request),
    );
  }

  #specOf(identity: AzureIdentity): string {
    const known = this.#specs.get(identity);
    if (known !== undefined) return known;
    // Long as it is, the spec itself would be most of what a look-up in the cache costs.
    const spec = createHash('sha256').update(JSON.stringify(identity.spec)).digest('base64');
    this.#specs.set(identity, spec);
    return spec;
  }
}
