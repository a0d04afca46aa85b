/**
 * Tokens of service principals from Entra. The only module that imports @azure/identity; it is itself imported when
 * the first such identity is used.
 *
 * @module
 */
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  type ClientSecretCredentialOptions,
} from '@azure/identity';
import type { EntraToken, EntraTokenRequest } from './entra-request.js';
import type { OpenPfx } from './open-pfx.js';
import { UpstreamError } from './upstream-error.js';

const timeoutMs = 15_000;

/**
 * Fetches a token by client credentials, always a new one: NMI caches them itself.
 *
 * @throws UpstreamError
 */
export async function fetchEntraToken(request: EntraTokenRequest, openPfx: OpenPfx): Promise<EntraToken> {
  const options: ClientSecretCredentialOptions = {
    authorityHost: request.authorityHost,
    // Its purpose is to vet an authority that a caller chose; that was done, and it may not be public.
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 1 },
    ...(request.caCertificates === undefined ? {} : { tlsOptions: { ca: request.caCertificates } }),
  };
  const { tenant, clientId, credential } = request;
  try {
    const source =
      credential.kind === 'secret'
        ? new ClientSecretCredential(tenant, clientId, credential.secret, options)
        : new ClientCertificateCredential(
            tenant,
            clientId,
            { certificate: await openPfx(credential.pfx, credential.password, credential.secretName) },
            options,
          );
    const token = await source.getToken(`${request.resource}/.default`, {
      abortSignal: AbortSignal.timeout(timeoutMs),
    });
    return {
      value: token.token,
      expiresOnMs: token.expiresOnTimestamp,
      ...(token.refreshAfterTimestamp === undefined ? {} : { refreshOnMs: token.refreshAfterTimestamp }),
    };
  } catch (error) {
    throw error instanceof UpstreamError ? error : entraError(error);
  }
}

/** Status and code stand on the innermost cause; messages of the library can hold request details and are cut to codes. */
function entraError(error: unknown): UpstreamError {
  for (
    let at: unknown = error;
    typeof at === 'object' && at !== null;
    at = (at as { cause?: unknown }).cause
  ) {
    const { status, statusCode, errorCode, errorNo, name } = at as Readonly<Record<string, unknown>>;
    const answered = typeof status === 'number' ? status : statusCode;
    if (typeof answered === 'number' && answered >= 400) {
      const code = typeof errorCode === 'string' ? errorCode : undefined;
      const number = typeof errorNo === 'string' || typeof errorNo === 'number' ? ` (AADSTS${errorNo})` : '';
      return new UpstreamError(
        'answer',
        `Entra answered ${answered}${code === undefined ? '' : ` ${code}`}${number}.`,
        {
          status: answered,
          ...(code === undefined ? {} : { code }),
        },
      );
    }
    if (name === 'AbortError' || name === 'TimeoutError') {
      return new UpstreamError('timeout', `Entra did not answer within ${timeoutMs} ms.`);
    }
  }
  const name = error instanceof Error ? error.name : typeof error;
  return new UpstreamError(
    'network',
    `No token from Entra (${name}): is its endpoint reachable and trusted?`,
    { cause: error },
  );
}
