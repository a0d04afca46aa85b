/**
 * The key that the simulated Entra signs its tokens with.
 *
 * @module
 */
import {
  SignJWT,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  type CryptoKey,
  type JSONWebKeySet,
  type JWTPayload,
} from 'jose';
import type { Random } from '../../random.js';

/** Signs and verifies access tokens (RS256). */
export class TokenIssuer {
  /** The public half, as the `jwks_uri` serves it. */
  readonly jwks: JSONWebKeySet;
  readonly #keyId: string;
  readonly #privateKey: CryptoKey;
  readonly #publicKey: CryptoKey;

  private constructor(keyId: string, privateKey: CryptoKey, publicKey: CryptoKey, jwks: JSONWebKeySet) {
    this.#keyId = keyId;
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
    this.jwks = jwks;
  }

  /** Makes an issuer with a new key. Only the key's ID comes from the seed. */
  static async create(random: Random): Promise<TokenIssuer> {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { modulusLength: 2048 });
    const keyId = Buffer.from(random.hex(20), 'hex').toString('base64url');
    const jwk = await exportJWK(publicKey);
    const jwks = { keys: [{ ...jwk, use: 'sig', kid: keyId, x5t: keyId, alg: 'RS256' }] };
    return new TokenIssuer(keyId, privateKey, publicKey, jwks);
  }

  /** The claims as a signed token. */
  async sign(claims: JWTPayload): Promise<string> {
    const header = { typ: 'JWT', alg: 'RS256', kid: this.#keyId, x5t: this.#keyId };
    return new SignJWT(claims).setProtectedHeader(header).sign(this.#privateKey);
  }

  /**
   * The claims of a token that this issuer signed. Rejects with jose's error where it did not, or where the token's
   * time is not now (wall-clock milliseconds).
   */
  async verify(token: string, now: number): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, this.#publicKey, {
      algorithms: ['RS256'],
      currentDate: new Date(now),
      requiredClaims: ['exp', 'iss', 'aud', 'oid', 'appid'],
    });
    return payload;
  }
}
