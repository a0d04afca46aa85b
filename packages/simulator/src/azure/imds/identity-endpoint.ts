/**
 * `/metadata/identity/oauth2/token`: tokens for the machine's identities.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { match } from 'ts-pattern';
import type { HttpResponse } from '../../http/message.js';
import type { Random } from '../../random.js';
import type { Machine } from '../compute/compute-resource.js';
import { accessTokenClaims, type TokenSubject } from '../entra/claims.js';
import type { TokenIssuer } from '../entra/token-issuer.js';
import type { UserAssignedIdentities } from '../user-assigned-identities.js';
import { identityError, metadataAnswer } from './imds-answers.js';
import { selectIdentity, type IdentitySelector } from './identity-selection.js';

/** What the endpoint works with. */
export interface IdentityEndpointOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly identities: UserAssignedIdentities;
  readonly issuer: TokenIssuer;
  /** How long a token lives, in seconds. */
  readonly tokenLifetime: number;
}

interface CachedToken {
  readonly token: string;
  readonly notBefore: number;
  readonly expires: number;
  readonly issuedAt: number;
}

/** IMDS asks Entra anew for a token when the one it has is this old, in milliseconds, or half of its life is over. */
const refreshAfter = 3_600_000;

/** The token endpoint of one machine. */
export class IdentityEndpoint {
  readonly #options: IdentityEndpointOptions;
  readonly #cache = new Map<string, CachedToken>();

  constructor(options: IdentityEndpointOptions) {
    this.#options = options;
  }

  /** Answers a request whose form is right already; every parameter is there at most once. */
  async answer(machine: Machine, parameters: ReadonlyMap<string, readonly string[]>): Promise<HttpResponse> {
    const one = (name: string): string | undefined => parameters.get(name)?.[0] || undefined;
    const resource = one('resource');
    if (resource === undefined) {
      return identityError(400, 'invalid_request', "Required query variable 'resource' is missing");
    }
    const resourceId = one('mi_res_id') ?? one('msi_res_id');
    const [clientId, objectId] = [one('client_id'), one('object_id')];
    const selector: IdentitySelector = {
      ...(clientId !== undefined && { clientId }),
      ...(objectId !== undefined && { objectId }),
      ...(resourceId !== undefined && { resourceId }),
    };
    return match(selectIdentity(machine, selector, this.#options.identities))
      .with({ kind: 'found' }, async ({ subject }) => this.#token(subject, resource))
      .with({ kind: 'not-found' }, () => identityError(400, 'invalid_request', 'Identity not found'))
      .with({ kind: 'ambiguous' }, () =>
        identityError(
          400,
          'invalid_request',
          'Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request',
        ),
      )
      .exhaustive();
  }

  async #token(subject: TokenSubject, resource: string): Promise<HttpResponse> {
    const { clock, random, issuer, tokenLifetime } = this.#options;
    const now = clock.now();
    const key = `${subject.objectId} ${resource}`;
    let cached = this.#cache.get(key);
    const keptFor = Math.min(refreshAfter, tokenLifetime * 500);
    if (cached === undefined || now < cached.issuedAt || now >= cached.issuedAt + keptFor) {
      const seconds = Math.floor(now / 1000);
      const times = { notBefore: seconds - 300, expires: seconds + tokenLifetime };
      const token = await issuer.sign(accessTokenClaims(subject, resource, times, random));
      cached = { token, ...times, issuedAt: now };
      this.#cache.set(key, cached);
    }
    const left = String(Math.max(0, cached.expires - Math.floor(now / 1000)));
    return metadataAnswer({
      access_token: cached.token,
      client_id: subject.clientId,
      expires_in: left,
      expires_on: String(cached.expires),
      ext_expires_in: String(tokenLifetime),
      not_before: String(cached.notBefore),
      resource,
      token_type: 'Bearer',
    });
  }
}
