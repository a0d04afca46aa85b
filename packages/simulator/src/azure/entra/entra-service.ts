/**
 * Entra over HTTP: discovery, keys, and the token endpoint of every tenant.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { JSONWebKeySet } from 'jose';
import { splitTarget, type HttpRequest, type HttpResponse, type HttpService } from '../../http/message.js';
import type { Random } from '../../random.js';
import type { Directory } from '../directory.js';
import { accessTokenClaims } from './claims.js';
import { EntraFailure, failureResponse } from './entra-failure.js';
import type { TokenIssuer } from './token-issuer.js';
import { judgeTokenRequest, requireTenant } from './token-request.js';

/** What the service works with. */
export interface EntraServiceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly directory: Directory;
  readonly issuer: TokenIssuer;
  /** Entra's own address, without a slash at the end. */
  readonly baseUrl: () => string;
  readonly issuerKeys: (issuer: string) => Promise<JSONWebKeySet | undefined>;
  /** How long a token lives, in seconds. */
  readonly tokenLifetime: number;
}

/** Makes the service. */
export function createEntraService(options: EntraServiceOptions): HttpService {
  return async (request) => {
    const sent = request.headers['client-request-id'];
    const correlationId = typeof sent === 'string' && sent !== '' ? sent : options.random.uuid();
    try {
      const response = await answer(options, request);
      return { ...response, headers: { 'client-request-id': correlationId, ...response.headers } };
    } catch (error) {
      if (!(error instanceof EntraFailure)) throw error;
      const { clock, random, baseUrl } = options;
      return failureResponse(error, { now: clock.now(), correlationId, random, authority: baseUrl() });
    }
  };
}

async function answer(options: EntraServiceOptions, request: HttpRequest): Promise<HttpResponse> {
  const { path } = splitTarget(request.target);
  const [, tenantId = '', rest = ''] = /^\/([^/]+)\/(.+?)\/?$/.exec(path) ?? [];
  switch (`${request.method} ${rest.toLowerCase()}`) {
    case 'GET v2.0/.well-known/openid-configuration':
      requireTenant(options.directory, tenantId);
      return { status: 200, body: discovery(options.baseUrl(), tenantId) };
    case 'GET discovery/v2.0/keys':
    case 'GET discovery/keys':
      return { status: 200, body: options.issuer.jwks };
    case 'POST oauth2/v2.0/token':
      return await token(options, request, tenantId);
    default:
      return { status: 404, headers: { 'Content-Type': 'text/html' }, body: '' };
  }
}

async function token(
  options: EntraServiceOptions,
  request: HttpRequest,
  tenantId: string,
): Promise<HttpResponse> {
  const { clock, directory, issuerKeys, random, issuer, tokenLifetime } = options;
  const base = options.baseUrl();
  const audiences = [`${base}/${tenantId}/oauth2/v2.0/token`, `${base}/${tenantId}/v2.0`];
  const now = clock.now();
  const form = formOf(request);
  const { subject, audience } = await judgeTokenRequest(form, {
    directory,
    tenantId,
    now,
    audiences,
    issuerKeys,
  });
  const notBefore = Math.floor(now / 1000) - 300;
  const times = { notBefore, expires: Math.floor(now / 1000) + tokenLifetime };
  const accessToken = await issuer.sign(accessTokenClaims(subject, audience, times, random));
  return {
    status: 200,
    headers: { 'Cache-Control': 'no-store, no-cache' },
    body: {
      token_type: 'Bearer',
      expires_in: tokenLifetime,
      ext_expires_in: tokenLifetime,
      access_token: accessToken,
    },
  };
}

/** The form, with the client's name and secret of a Basic authorization put in where they came that way. */
function formOf(request: HttpRequest): URLSearchParams {
  const form = new URLSearchParams(request.body);
  const basic = /^basic\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) return form;
  const [name = '', secret = ''] = Buffer.from(basic, 'base64')
    .toString('utf8')
    .split(':')
    .map(decodeFormValue);
  if (!form.has('client_id')) form.set('client_id', name);
  if (!form.has('client_secret')) form.set('client_secret', secret);
  return form;
}

function decodeFormValue(value: string): string {
  return new URLSearchParams(`v=${value}`).get('v') ?? '';
}

function discovery(base: string, tenantId: string): Record<string, unknown> {
  const tenant = `${base}/${tenantId}`;
  return {
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${tenant}/v2.0`,
    request_uri_parameter_supported: false,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    http_logout_supported: true,
    end_session_endpoint: `${tenant}/oauth2/v2.0/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'tid', 'ver'],
    tenant_region_scope: 'EU',
    cloud_instance_name: 'microsoftonline.com',
  };
}
