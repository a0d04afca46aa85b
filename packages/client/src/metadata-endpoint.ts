/**
 * Where the metadata endpoint is.
 *
 * @module
 */
import { PodIdentityClientError } from './client-error.js';

/** The address that every Azure VM answers on, and that NMI intercepts. */
export const IMDS_ENDPOINT = 'http://169.254.169.254';

/** Where NMI listens on the node itself. */
export const NMI_ENDPOINT = 'http://127.0.0.1:2579';

/** The environment variable by which the Azure SDKs, and this package, are sent elsewhere. */
export const ENDPOINT_VARIABLE = 'AZURE_POD_IDENTITY_AUTHORITY_HOST';

/**
 * The endpoint to use: the given one, else the environment's, else {@link IMDS_ENDPOINT}.
 *
 * @throws PodIdentityClientError `invalid_option` where it is no `http:` address
 */
export function metadataEndpoint(
  endpoint: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): URL {
  const named = environment[ENDPOINT_VARIABLE];
  if (endpoint !== undefined) return parseEndpoint(endpoint, 'endpoint');
  return named === undefined || named === ''
    ? new URL(IMDS_ENDPOINT)
    : parseEndpoint(named, ENDPOINT_VARIABLE);
}

/** Parses an endpoint; `source` names, in the error, where it came from. */
export function parseEndpoint(endpoint: string, source: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const plain = url?.protocol === 'http:' && url.username === '' && url.search === '' && url.pathname === '/';
  if (url === undefined || !plain) {
    throw new PodIdentityClientError(
      'invalid_option',
      `${source} must be an address such as ${IMDS_ENDPOINT}: http, a host, a port where it is not 80, and nothing else`,
    );
  }
  return url;
}
