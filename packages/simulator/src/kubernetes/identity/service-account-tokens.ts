/**
 * Tokens of ServiceAccounts: issued on request, signed, bound to a pod if asked, and known here as long as they live.
 *
 * @module
 */
import { type Clock } from '@aad-pod-identity/core';
import { type JsonObject } from '../json.js';
import { type Random } from '../../random.js';
import { createSigningKey, type SigningKey } from './signing-key.js';

/** Whom a token is for and what it may be used for. */
export interface TokenSubject {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly serviceAccountUid: string;
  /** The object that the token ends with. */
  readonly bound?: BoundObject | undefined;
  /** The node of a pod that the token is bound to. */
  readonly node?: { readonly name: string; readonly uid?: string | undefined } | undefined;
}

/** A pod, secret or node that a token is bound to. */
export interface BoundObject {
  readonly kind: 'Pod' | 'Secret' | 'Node';
  readonly name: string;
  readonly uid: string;
}

/** A token that has been issued, as it is known here. */
export interface IssuedToken extends TokenSubject {
  readonly audiences: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** The keys that tokens can be verified with, as `/openid/v1/jwks` serves them. */
export interface JsonWebKeySet {
  readonly keys: readonly JsonObject[];
}

/** Issues tokens and recognises them. */
export class ServiceAccountTokens {
  readonly issuer: string;
  readonly #clock: Clock;
  readonly #random: Random;
  #signingKey: SigningKey | undefined;
  readonly #issued = new Map<string, IssuedToken>();

  constructor(issuer: string, clock: Clock, random: Random) {
    this.issuer = issuer;
    this.#clock = clock;
    this.#random = random;
  }

  /** The public key, with its ID. */
  jwks(): JsonWebKeySet {
    return { keys: [this.#key().jwk] };
  }

  /** Issues a token that lives for `seconds`. */
  issue(
    subject: TokenSubject,
    audiences: readonly string[],
    seconds: number,
  ): { token: string; expires: number } {
    this.#forgetExpired();
    const now = Math.floor(this.#clock.now() / 1000);
    const expires = (now + seconds) * 1000;
    const claims = { ...this.#claims(subject), aud: audiences, exp: now + seconds, iat: now, nbf: now };
    const token = this.#sign(claims);
    this.#issued.set(token, { ...subject, audiences, expires });
    return { token, expires };
  }

  /** The token as it was issued; `undefined` where it is none of ours or has expired. */
  recognise(token: string): IssuedToken | undefined {
    const found = this.#issued.get(token);
    return found !== undefined && found.expires > this.#clock.now() ? found : undefined;
  }

  #claims({ namespace, serviceAccount, serviceAccountUid, bound, node }: TokenSubject): JsonObject {
    return {
      iss: this.issuer,
      sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
      jti: this.#random.uuid(),
      'kubernetes.io': {
        namespace,
        serviceaccount: { name: serviceAccount, uid: serviceAccountUid },
        ...(bound !== undefined && { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }),
        ...(node !== undefined && { node }),
      },
    };
  }

  /** A compact JWS. Made here because signing through Web Crypto would make every caller asynchronous. */
  #sign(claims: JsonObject): string {
    const key = this.#key();
    const encode = (part: JsonObject): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    const content = `${encode({ alg: 'RS256', kid: key.id })}.${encode(claims)}`;
    return `${content}.${key.sign(content)}`;
  }

  /** Made when it is first needed: most clusters of tests and simulations never sign anything. */
  #key(): SigningKey {
    return (this.#signingKey ??= createSigningKey());
  }

  #forgetExpired(): void {
    const now = this.#clock.now();
    for (const [token, { expires }] of this.#issued) if (expires <= now) this.#issued.delete(token);
  }
}
