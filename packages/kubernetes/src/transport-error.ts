/**
 * What sockets, TLS and the HTTP client throw, told apart and made readable.
 *
 * @module
 */
import { isRecord } from '@aad-pod-identity/core';
import { KubernetesError } from './kubernetes-error.js';

/** Turns anything thrown below HTTP into a {@link KubernetesError} whose message begins with `what`. */
export function transportError(what: string, error: unknown): KubernetesError {
  if (error instanceof KubernetesError) return error;
  return new KubernetesError(
    errorCode(error) === 'ETIMEDOUT' ? 'timeout' : 'network',
    `${what}: ${readable(error)}`,
    {
      cause: error,
    },
  );
}

/** Whether a kept-alive socket turned out to be closed, so that a request that changes nothing may go out again. */
export function isBrokenSocket(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].includes(errorCode(error) ?? '');
}

/** Whether TLS failed: the server's certificate is not trusted, or it does not take ours. */
export function isTlsFailure(error: unknown): boolean {
  return /CERT|SSL|TLS|UNABLE_TO/.test(errorCode(error) ?? '');
}

function errorCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; isRecord(at) && depth < 4; at = at['cause'], depth++) {
    const code = at['code'];
    if (typeof code === 'string') return code;
  }
  return undefined;
}

/** Node leaves the message of an error for several addresses empty: the first of them tells enough. */
function readable(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return readable(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const message = error.message === '' ? (errorCode(error) ?? error.name) : error.message;
  return isTlsFailure(error) ? `${message} (check the certificate authority of this cluster)` : message;
}
