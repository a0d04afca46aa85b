/**
 * What a pod is told when IMDS or Entra did not give a token.
 *
 * @module
 */
import { refuse, statusOfError, type ErrorCode, type Refusal } from '../request/refusal.js';
import { UpstreamError } from '../token/upstream-error.js';

const plainCode = /^[\w.-]{1,64}$/;

/**
 * Shapes a failure. An error that the upstream answered passes on as such, with its status and `Retry-After`; whatever
 * NMI does not know is an internal error without details.
 */
export function upstreamRefusal(error: unknown): Refusal {
  if (!(error instanceof UpstreamError)) return refuse('internal-error', 'NMI failed; its log tells more.');
  const headers = retryHeaders(error);
  switch (error.failure) {
    case 'answer':
      return answered(error, headers);
    case 'other-identity':
      return refuse('identity-mismatch', error.message);
    case 'refused':
      return refuse('credential-refused', error.message);
    case 'timeout':
      return refuse('upstream-timeout', error.message);
    case 'busy':
      return refuse('upstream-busy', error.message, headers);
    case 'credential':
      return refuse('secret-unusable', error.message);
    case 'network':
    case 'bad-response':
      return refuse('upstream-failed', error.message);
  }
}

function answered(error: UpstreamError, headers: Readonly<Record<string, string>> | undefined): Refusal {
  const refusal = refuse('upstream-failed', error.message, headers);
  const { status = 0, code = '' } = error;
  if (status < 400 || status > 599) return refusal;
  return { ...refusal, status, error: plainCode.test(code) ? code : defaultCode(status) };
}

function defaultCode(status: number): string {
  const known = Object.entries(statusOfError) as [ErrorCode, number][];
  return known.find(([, of]) => of === status)?.[0] ?? 'upstream_error';
}

/** SDKs repeat a 429 or 503 only where it says when. */
function retryHeaders(error: UpstreamError): Readonly<Record<string, string>> | undefined {
  const asked = error.retryAfterMs === undefined ? undefined : Math.ceil(error.retryAfterMs / 1_000);
  const seconds = asked ?? (error.status === 429 || error.status === 503 ? 1 : undefined);
  return seconds === undefined ? undefined : { 'Retry-After': String(seconds) };
}
