/**
 * A token from the metadata endpoint: what a pod does to use the identity bound to it.
 *
 * @module
 */
import { json } from './error-answer.js';
import { metadataEndpoint } from './metadata-endpoint.js';
import { metadataGet } from './metadata-get.js';
import { resolveOptions, type MetadataOptions } from './metadata-options.js';
import { PodIdentityClientError } from './client-error.js';
import { parseTokenAnswer, type PodIdentityToken } from './token-answer.js';

/** For what, and as which of the pod's identities: at most one of `clientId` and `resourceId`, or none where it has one. */
export interface TokenParameters {
  /** What the token is for, such as `https://vault.azure.net` (no `/.default`). */
  readonly resource: string;
  readonly clientId?: string | undefined;
  /** The Azure resource ID of the identity. */
  readonly resourceId?: string | undefined;
}

/** What {@link getToken} takes. */
export interface TokenRequest extends TokenParameters, MetadataOptions {}

const API_VERSION = '2018-02-01';

/**
 * Gets a token. Not cached: for that, and for the Azure SDKs, there is `PodIdentityCredential`.
 *
 * @example
 * const { token } = await getToken({ resource: 'https://vault.azure.net' });
 * @throws PodIdentityClientError with one of its codes; the error holds no token
 */
export async function getToken(request: TokenRequest): Promise<PodIdentityToken> {
  const options = resolveOptions(request);
  const url = metadataEndpoint(options.endpoint, options.outside.environment);
  url.pathname = '/metadata/identity/oauth2/token';
  url.search = tokenQuery(request);
  const answer = await metadataGet(url, {}, options);
  return parseTokenAnswer(json(answer.body), options.outside.now());
}

/**
 * The query of a token request, the same for a pod and for the node.
 *
 * @throws PodIdentityClientError `invalid_option`
 */
export function tokenQuery({ resource, clientId, resourceId }: TokenParameters): string {
  if (resource === '') throw new PodIdentityClientError('invalid_option', 'resource must not be empty');
  if (clientId !== undefined && resourceId !== undefined) {
    throw new PodIdentityClientError('invalid_option', 'Give clientId or resourceId, not both');
  }
  const query = new URLSearchParams({ 'api-version': API_VERSION, resource });
  if (clientId !== undefined) query.set('client_id', clientId);
  if (resourceId !== undefined) query.set('msi_res_id', resourceId);
  return query.toString();
}
