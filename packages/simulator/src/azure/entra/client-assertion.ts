/**
 * Client assertions: a signed statement instead of a secret, signed by the application's own certificate or by an
 * outside issuer that a federated credential names.
 *
 * @module
 */
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
  type ProtectedHeaderParameters,
} from 'jose';
import type { Application } from '../directory.js';
import { EntraFailure } from './entra-failure.js';

/** What an assertion is judged by. */
export interface AssertionContext {
  readonly application: Application;
  /** The audiences that name this token endpoint. */
  readonly audiences: readonly string[];
  /** Wall-clock milliseconds. */
  readonly now: number;
  /** The public keys of an outside issuer; `undefined` where it cannot be reached. */
  readonly issuerKeys: (issuer: string) => Promise<JSONWebKeySet | undefined>;
}

const algorithms = ['RS256', 'PS256', 'RS384', 'RS512', 'PS384', 'PS512', 'ES256', 'ES384'];

/** Resolves where the assertion proves that the caller is the application; rejects with {@link EntraFailure}. */
export async function verifyClientAssertion(assertion: string, context: AssertionContext): Promise<void> {
  const { header, claims } = decode(assertion);
  if (
    claims.iss === context.application.clientId ||
    header.x5t !== undefined ||
    header['x5t#S256'] !== undefined
  ) {
    await verifyCertificateAssertion(assertion, header, claims, context);
  } else {
    await verifyFederatedAssertion(assertion, claims, context);
  }
}

async function verifyCertificateAssertion(
  assertion: string,
  header: ProtectedHeaderParameters,
  claims: JWTPayload,
  context: AssertionContext,
): Promise<void> {
  const { application } = context;
  const sha1 = header.x5t;
  const sha256 = header['x5t#S256'];
  const certificate = application.certificates.find((one) => one.sha1 === sha1 || one.sha256 === sha256);
  if (certificate === undefined) {
    const named = [sha1, sha256].find((digest) => typeof digest === 'string') ?? '';
    const thumbprint = Buffer.from(named, 'base64url');
    throw new EntraFailure(
      'invalid_client',
      700027,
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${thumbprint.toString('hex').toUpperCase()}', Application: '${application.clientId}']`,
    );
  }
  if (claims.iss !== application.clientId || claims.sub !== application.clientId) {
    const message = "Client assertion application identifier doesn't match 'client_id' parameter.";
    throw new EntraFailure('invalid_client', 700021, message);
  }
  const audiences = [claims.aud ?? []].flat();
  if (!audiences.some((audience) => context.audiences.includes(audience))) {
    const message = 'Client assertion audience claim does not match Realm issuer.';
    throw new EntraFailure('invalid_client', 700023, message);
  }
  if (typeof claims.jti !== 'string' || claims.jti === '') {
    throw new EntraFailure('invalid_request', 50027, "JWT token is invalid or malformed: it has no 'jti'.");
  }
  await verifyWith(context.now, claims, (options) => jwtVerify(assertion, certificate.publicKey, options));
}

async function verifyFederatedAssertion(
  assertion: string,
  claims: JWTPayload,
  context: AssertionContext,
): Promise<void> {
  const { iss: issuer = '', sub: subject = '' } = claims;
  const audiences = [claims.aud ?? []].flat();
  const noMatch = (number: number, part: string, value: string): EntraFailure =>
    new EntraFailure(
      'invalid_client',
      number,
      `No matching federated identity record found for presented assertion ${part} '${value}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
    );
  const byIssuer = context.application.federatedCredentials.filter((one) => one.issuer === issuer);
  if (byIssuer.length === 0) throw noMatch(700211, 'issuer', issuer);
  const bySubject = byIssuer.filter((one) => one.subject === subject);
  if (bySubject.length === 0) throw noMatch(700213, 'subject', subject);
  if (!bySubject.some((one) => audiences.includes(one.audience))) {
    throw noMatch(700212, 'audience', audiences.join(' '));
  }
  const keys = await context.issuerKeys(issuer);
  if (keys === undefined) {
    throw new EntraFailure(
      'invalid_request',
      50166,
      `Request to External OIDC endpoint failed. Issuer: '${issuer}'.`,
    );
  }
  await verifyWith(context.now, claims, (options) => jwtVerify(assertion, createLocalJWKSet(keys), options));
}

async function verifyWith(
  now: number,
  claims: JWTPayload,
  verify: (options: JWTVerifyOptions) => Promise<unknown>,
): Promise<void> {
  try {
    await verify({ algorithms, currentDate: new Date(now), clockTolerance: 300, requiredClaims: ['exp'] });
  } catch (error) {
    if (
      error instanceof errors.JWTExpired ||
      (error instanceof errors.JWTClaimValidationFailed && claims.exp !== undefined)
    ) {
      const time = (seconds: number | undefined): string =>
        seconds === undefined ? 'none' : isoTime(seconds * 1000);
      throw new EntraFailure(
        'invalid_client',
        700024,
        `Client assertion is not within its valid time range. Current time: ${isoTime(now)}, assertion valid from ${time(claims.nbf)}, expiry time of assertion ${time(claims.exp)}.`,
      );
    }
    if (error instanceof errors.JWTClaimValidationFailed) {
      throw new EntraFailure('invalid_request', 50027, "JWT token is invalid or malformed: it has no 'exp'.");
    }
    const message = 'Client assertion contains an invalid signature.';
    throw new EntraFailure('invalid_client', 700027, message);
  }
}

function decode(assertion: string): { header: ProtectedHeaderParameters; claims: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(assertion), claims: decodeJwt(assertion) };
  } catch {
    throw new EntraFailure('invalid_request', 50027, 'JWT token is invalid or malformed.');
  }
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
