/**
 * A token for a pod, asked for on its node: `/host/token` of NMI. For programs that act for pods and run on the node
 * itself, such as a CSI driver.
 *
 * @module
 */
import { jsonObject } from './error-answer.js';
import { NMI_ENDPOINT, parseEndpoint } from './metadata-endpoint.js';
import { metadataGet } from './metadata-get.js';
import { resolveOptions, type MetadataOptions } from './metadata-options.js';
import { PodIdentityClientError } from './client-error.js';
import { tokenQuery, type TokenParameters } from './token.js';
import { parseTokenAnswer, type PodIdentityToken } from './token-answer.js';

/** What {@link getHostToken} takes. `endpoint` is NMI's own, `http://127.0.0.1:2579` by default. */
export interface HostTokenRequest extends TokenParameters, MetadataOptions {
  readonly podNamespace: string;
  readonly podName: string;
}

/** A token, and the client ID of the identity that NMI chose. */
export interface HostToken extends PodIdentityToken {
  readonly clientId: string;
}

/**
 * Gets a token for a pod of this node. NMI answers this to the node itself only.
 *
 * @throws PodIdentityClientError as `getToken`
 */
export async function getHostToken(request: HostTokenRequest): Promise<HostToken> {
  const options = resolveOptions(request);
  const url = parseEndpoint(options.endpoint ?? NMI_ENDPOINT, 'endpoint');
  url.pathname = '/host/token';
  url.search = tokenQuery(request);
  const headers = {
    podns: kubernetesName('podNamespace', request.podNamespace),
    podname: kubernetesName('podName', request.podName),
  };
  const { body } = await metadataGet(url, headers, options);
  const { token, clientid } = jsonObject(body) ?? {};
  if (typeof clientid !== 'string' || clientid === '') {
    throw new PodIdentityClientError('invalid_answer', 'NMI answered 200 with no text in clientid');
  }
  return { ...parseTokenAnswer(token, options.outside.now()), clientId: clientid };
}

function kubernetesName(option: string, name: string): string {
  if (/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)) return name;
  throw new PodIdentityClientError('invalid_option', `${option} must be a Kubernetes name, such as web-0`);
}
