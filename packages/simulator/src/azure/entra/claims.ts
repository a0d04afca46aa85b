/**
 * What stands in the access tokens.
 *
 * @module
 */
import type { JWTPayload } from 'jose';
import type { Random } from '../../random.js';

/** Whom a token is for. */
export interface TokenSubject {
  readonly tenantId: string;
  readonly clientId: string;
  readonly objectId: string;
  /** How the caller proved who it is: 1 by a secret, 2 by a signature or as a managed identity. */
  readonly proof: '1' | '2';
  /** For a managed identity: the resource ID of the identity, or of the machine where it is system-assigned. */
  readonly managedIdentityResourceId?: string;
  /** For a managed identity: the machine that asked. */
  readonly azureResourceId?: string;
}

/** From when to when, in seconds since the epoch. */
export interface TokenTimes {
  readonly notBefore: number;
  readonly expires: number;
}

/** The issuer claim of version 1 tokens, which is what Azure's own APIs ask for. */
export function issuerOf(tenantId: string): string {
  return `https://sts.windows.net/${tenantId}/`;
}

/** The claims of an access token for `audience`. */
export function accessTokenClaims(
  subject: TokenSubject,
  audience: string,
  times: TokenTimes,
  random: Random,
): JWTPayload {
  const issuer = issuerOf(subject.tenantId);
  const opaque = (bytes: number): string => Buffer.from(random.hex(bytes), 'hex').toString('base64url');
  return {
    aud: audience,
    iss: issuer,
    iat: times.notBefore,
    nbf: times.notBefore,
    exp: times.expires,
    aio: opaque(24),
    appid: subject.clientId,
    appidacr: subject.proof,
    idp: issuer,
    idtyp: 'app',
    oid: subject.objectId,
    rh: `1.${opaque(30)}`,
    sub: subject.objectId,
    tid: subject.tenantId,
    uti: opaque(16),
    ver: '1.0',
    ...(subject.azureResourceId !== undefined && { xms_az_rid: subject.azureResourceId }),
    ...(subject.managedIdentityResourceId !== undefined && { xms_mirid: subject.managedIdentityResourceId }),
  };
}
