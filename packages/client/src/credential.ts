/**
 * The identity of the pod as a credential for any Azure SDK for JavaScript.
 *
 * @module
 */
import type { MetadataOptions } from './metadata-options.js';
import { PodIdentityClientError } from './client-error.js';
import { SharedRequest, type AbortSignalLike } from './shared-request.js';
import { getToken } from './token.js';
import type { PodIdentityToken } from './token-answer.js';

/** What {@link PodIdentityCredential} takes; nothing where the pod has one identity. */
export interface PodIdentityCredentialOptions extends Omit<MetadataOptions, 'signal'> {
  readonly clientId?: string | undefined;
  /** The Azure resource ID of the identity; not beside `clientId`. */
  readonly resourceId?: string | undefined;
}

/** What the Azure SDKs pass along with the scopes; the rest of it means nothing here. */
export interface CredentialCallOptions {
  readonly abortSignal?: AbortSignalLike | undefined;
  /** A claims challenge: the token in use was refused, so the cache is not asked. */
  readonly claims?: string | undefined;
}

/** `AccessToken` of `@azure/core-auth`. */
export interface CredentialToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresOnTimestamp: number;
  /** From when on a new one should be had, in milliseconds since the epoch. */
  readonly refreshAfterTimestamp: number;
  readonly tokenType: 'Bearer';
}

/** A token is renewed this long before its end, or after half of its life where that is later. */
const RENEW_BEFORE_END_MS = 5 * 60_000;

/**
 * A `TokenCredential`: what the Azure SDKs call for tokens. Caches each token until shortly before its end and asks
 * once for any number of callers at the same time. A token that still lives is used on where a new one cannot be had
 * for a reason that passes; a denial ends it at once.
 *
 * @example
 * const secrets = new SecretClient('https://myvault.vault.azure.net', new PodIdentityCredential());
 */
export class PodIdentityCredential {
  readonly #options: PodIdentityCredentialOptions;
  readonly #now: () => number;
  readonly #tokens = new Map<string, CredentialToken>();
  readonly #requests = new Map<string, SharedRequest<PodIdentityToken>>();

  constructor(options: PodIdentityCredentialOptions = {}) {
    this.#options = options;
    this.#now = options.outside?.now ?? ((): number => Date.now());
  }

  /**
   * A token for the scope, which is a resource followed by `/.default`.
   *
   * @throws PodIdentityClientError
   */
  async getToken(scopes: string | string[], options: CredentialCallOptions = {}): Promise<CredentialToken> {
    const resource = resourceOfScopes(scopes);
    const cached = options.claims === undefined ? this.#tokens.get(resource) : undefined;
    if (cached !== undefined && this.#now() < cached.refreshAfterTimestamp) return cached;
    try {
      return this.#keep(resource, await this.#request(resource).join(options.abortSignal));
    } catch (error) {
      if (!passes(error)) this.#tokens.delete(resource);
      else if (cached !== undefined && this.#now() < cached.expiresOnTimestamp) return cached;
      throw error;
    }
  }

  #request(resource: string): SharedRequest<PodIdentityToken> {
    const running = this.#requests.get(resource);
    if (running?.abandoned === false) return running;
    const request = new SharedRequest((signal) =>
      getToken({ ...this.#options, resource, signal }).finally(() => {
        if (this.#requests.get(resource) === request) this.#requests.delete(resource);
      }),
    );
    this.#requests.set(resource, request);
    return request;
  }

  #keep(resource: string, { token, tokenType, expiresOnTimestamp }: PodIdentityToken): CredentialToken {
    const life = expiresOnTimestamp - this.#now();
    const refreshAfterTimestamp = expiresOnTimestamp - Math.min(RENEW_BEFORE_END_MS, life / 2);
    const kept: CredentialToken = { token, tokenType, expiresOnTimestamp, refreshAfterTimestamp };
    this.#tokens.set(resource, kept);
    return kept;
  }
}

/** A token request is for one resource: the one scope without its `/.default` (a `/` before that belongs to the resource). */
function resourceOfScopes(scopes: string | string[]): string {
  const [scope, ...others] = typeof scopes === 'string' ? [scopes] : scopes;
  if (scope === undefined || others.length > 0 || !scope.endsWith('/.default')) {
    throw new PodIdentityClientError(
      'invalid_option',
      'An identity of Azure takes exactly one scope that ends in /.default, such as https://vault.azure.net/.default',
    );
  }
  return scope.slice(0, -'/.default'.length);
}

/** Whether a failure says nothing about the right to the token: it may still be used. */
function passes(error: unknown): boolean {
  if (!(error instanceof PodIdentityClientError)) return false;
  return ['unreachable', 'timeout', 'throttled', 'unavailable', 'aborted'].includes(error.code);
}
