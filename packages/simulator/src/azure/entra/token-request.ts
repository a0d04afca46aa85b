/**
 * The token endpoint's judgement: is this client who it says, and what may it have a token for?
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import type { Application, Directory } from '../directory.js';
import type { TokenSubject } from './claims.js';
import { verifyClientAssertion } from './client-assertion.js';
import { EntraFailure } from './entra-failure.js';

/** What {@link judgeTokenRequest} needs. */
export interface TokenRequestContext {
  readonly directory: Directory;
  /** The tenant of the path, as sent. */
  readonly tenantId: string;
  readonly now: number;
  /** The audiences that name this endpoint in a client assertion. */
  readonly audiences: readonly string[];
  readonly issuerKeys: (issuer: string) => Promise<JSONWebKeySet | undefined>;
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Whom the token is for, and its audience. Rejects with {@link EntraFailure} where there is to be none. */
export async function judgeTokenRequest(
  form: URLSearchParams,
  context: TokenRequestContext,
): Promise<{ subject: TokenSubject; audience: string }> {
  const { directory, tenantId } = context;
  requireTenant(directory, tenantId);
  const grant = required(form, 'grant_type');
  if (grant !== 'client_credentials') {
    const message = `The app requested an unsupported grant type '${grant}'.`;
    throw new EntraFailure('unsupported_grant_type', 70003, message);
  }
  const clientId = required(form, 'client_id');
  const application = directory.find(tenantId, clientId);
  if (application === undefined) {
    throw new EntraFailure(
      'unauthorized_client',
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${directory.tenantName(tenantId) ?? tenantId}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
    );
  }
  const audience = audienceOf(required(form, 'scope'));
  const proof = await prove(form, application, context);
  const subject: TokenSubject = {
    tenantId: tenantId.toLowerCase(),
    clientId: application.clientId,
    objectId: application.objectIds.get(tenantId.toLowerCase()) ?? '',
    proof,
  };
  return { subject, audience };
}

/** Throws Entra's 90002 where there is no such tenant. */
export function requireTenant(directory: Directory, tenantId: string): void {
  if (directory.tenantName(tenantId) !== undefined) return;
  throw new EntraFailure(
    'invalid_request',
    90002,
    `Tenant '${tenantId}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  );
}

async function prove(
  form: URLSearchParams,
  application: Application,
  context: TokenRequestContext,
): Promise<'1' | '2'> {
  const secret = form.get('client_secret');
  if (secret !== null && secret !== '') {
    verifySecret(secret, application, context.now);
    return '1';
  }
  const assertion = form.get('client_assertion');
  if (assertion === null || assertion === '') {
    const message =
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    throw new EntraFailure('invalid_client', 7000218, message);
  }
  const type = required(form, 'client_assertion_type');
  if (type !== assertionType) {
    throw new EntraFailure('invalid_request', 50027, `The client_assertion_type must be '${assertionType}'.`);
  }
  await verifyClientAssertion(assertion, { ...context, application });
  return '2';
}

function verifySecret(secret: string, application: Application, now: number): void {
  const known = application.secrets.find(({ value }) => equal(value, secret));
  if (known === undefined) {
    throw new EntraFailure(
      'invalid_client',
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${application.clientId}'.`,
    );
  }
  if (known.expiresAt !== undefined && known.expiresAt <= now) {
    throw new EntraFailure(
      'invalid_client',
      7000222,
      `The provided client secret keys for app '${application.clientId}' are expired. Visit the Azure portal to create new keys for your app, or consider using certificate credentials for added security.`,
    );
  }
}

function audienceOf(scope: string): string {
  const suffix = '/.default';
  const [first = '', ...others] = scope.split(' ').filter((part) => part !== '');
  if (others.length === 0 && first.endsWith(suffix) && first.length > suffix.length) {
    return first.slice(0, -suffix.length);
  }
  throw new EntraFailure(
    'invalid_scope',
    1002012,
    `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
  );
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value !== null && value !== '') return value;
  throw new EntraFailure(
    'invalid_request',
    900144,
    `The request body must contain the following parameter: '${name}'.`,
  );
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
