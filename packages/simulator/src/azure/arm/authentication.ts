/**
 * ARM's check of the bearer token.
 *
 * @module
 */
import { decodeJwt, errors, type JWTPayload } from 'jose';
import { ArmFailure } from '../arm-failure.js';
import { issuerOf } from '../entra/claims.js';
import type { TokenIssuer } from '../entra/token-issuer.js';
import type { Caller } from './arm-request.js';

/** What a token is judged by. */
export interface AuthenticationContext {
  readonly issuer: TokenIssuer;
  /** The tenant that the subscriptions belong to. */
  readonly tenantId: string;
  /** The audiences that mean this ARM, without a slash at the end; a token with one is as good. */
  readonly audiences: readonly string[];
  /** Entra's address, for the `WWW-Authenticate` header. */
  readonly authority: string;
  /** Wall-clock milliseconds. */
  readonly now: number;
}

/** Who the `Authorization` header says the caller is. Rejects with an {@link ArmFailure} of status 401. */
export async function authenticate(
  authorization: string | undefined,
  context: AuthenticationContext,
): Promise<Caller> {
  if (authorization === undefined) {
    throw unauthorized(
      context,
      'AuthenticationFailed',
      "Authentication failed. The 'Authorization' header is missing.",
    );
  }
  const token = /^bearer\s+(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) {
    const message = "Authentication failed. The 'Authorization' header is provided in an invalid format.";
    throw unauthorized(context, 'AuthenticationFailedInvalidHeader', message);
  }
  const claims = await verified(token, context);
  const audiences = [claims.aud ?? []].flat();
  if (!audiences.some((audience) => context.audiences.includes(audience.replace(/\/$/, '')))) {
    const allowed = context.audiences.flatMap((audience) => [`'${audience}/'`, `'${audience}'`]).join(',');
    const message = `The access token has been obtained for wrong audience or resource '${audiences.join(' ')}'. It should exactly match with one of the allowed audiences ${allowed}.`;
    throw unauthorized(context, 'InvalidAuthenticationTokenAudience', message);
  }
  if (claims.iss !== issuerOf(context.tenantId)) {
    const message = `The access token is from the wrong issuer '${claims.iss ?? ''}'. It must match the tenant '${issuerOf(context.tenantId)}' associated with this subscription. Please use the authority (URL) '${context.authority}/${context.tenantId}' to get the token.`;
    throw unauthorized(context, 'InvalidAuthenticationTokenTenant', message);
  }
  return { clientId: String(claims['appid']), objectId: String(claims['oid']) };
}

async function verified(token: string, context: AuthenticationContext): Promise<JWTPayload> {
  try {
    return await context.issuer.verify(token, context.now);
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      const expiry = utc((decodeJwt(token).exp ?? 0) * 1000);
      const message = `The access token expiry UTC time '${expiry}' is earlier than current UTC time '${utc(context.now)}'.`;
      throw unauthorized(context, 'ExpiredAuthenticationToken', message);
    }
    throw unauthorized(context, 'InvalidAuthenticationToken', 'The access token is invalid.');
  }
}

function unauthorized(context: AuthenticationContext, code: string, message: string): ArmFailure {
  const challenge = `Bearer authorization_uri="${context.authority}/${context.tenantId}", error="invalid_token", error_description="${message.replaceAll('"', "'")}"`;
  return new ArmFailure(401, code, message, { headers: { 'WWW-Authenticate': challenge } });
}

function utc(milliseconds: number): string {
  return new Date(milliseconds).toLocaleString('en-US', { timeZone: 'UTC' });
}
