/**
 * Every way in which NMI says no, in one table: the machine-readable reason, the error code of IMDS's shape that
 * goes with it, and the HTTP status of that code.
 *
 * @module
 */

/** The `error` field of an answer, as IMDS and OAuth 2.0 spell such codes. */
export type ErrorCode =
  | 'invalid_request'
  | 'method_not_allowed'
  | 'access_denied'
  | 'not_found'
  | 'identity_not_found'
  | 'too_many_requests'
  | 'internal_error'
  | 'upstream_error'
  | 'temporarily_unavailable'
  | 'upstream_timeout';

/** HTTP status of each code; the only place that maps one to the other. */
export const statusOfError: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  access_denied: 403,
  not_found: 404,
  identity_not_found: 404,
  method_not_allowed: 405,
  too_many_requests: 429,
  internal_error: 500,
  upstream_error: 502,
  temporarily_unavailable: 503,
  upstream_timeout: 504,
};

/** Why a request was refused: the `reason` field of an answer, of the log line and of the metrics. A closed set. */
export type RefusalReason =
  | 'malformed-request'
  | 'malformed-target'
  | 'unknown-path'
  | 'method-not-allowed'
  | 'metadata-header-missing'
  | 'metadata-header-invalid'
  | 'forwarded-request'
  | 'malformed-query'
  | 'duplicate-parameter'
  | 'misspelt-parameter'
  | 'resource-missing'
  | 'resource-invalid'
  | 'object-id-unsupported'
  | 'conflicting-resource-ids'
  | 'pod-headers-invalid'
  | 'body-too-large'
  | 'instance-metadata-blocked'
  | 'not-from-node'
  | 'unknown-caller'
  | 'ambiguous-address'
  | 'address-in-doubt'
  | 'host-network'
  | 'pod-unknown'
  | 'pod-excepted'
  | 'pod-finished'
  | 'pod-unscheduled'
  | 'no-label'
  | 'no-binding'
  | 'identity-missing'
  | 'identity-invalid'
  | 'namespace-mismatch'
  | 'not-among-grants'
  | 'selector-mismatch'
  | 'identity-unbound'
  | 'identity-mismatch'
  | 'not-assigned'
  | 'not-synced'
  | 'too-many-requests'
  | 'too-many-waiters'
  | 'upstream-busy'
  | 'shutting-down'
  | 'secret-unusable'
  | 'credential-refused'
  | 'upstream-failed'
  | 'upstream-timeout'
  | 'internal-error';

/**
 * `identity_not_found` is for what may still come: the SDKs of Azure repeat a 404 for up to two minutes. What stays as it
 * is until somebody changes it is `access_denied`, which they take for an answer (docs/testing.md, Stock clients).
 */
const errorOfReason: Record<RefusalReason, ErrorCode> = {
  'malformed-request': 'invalid_request',
  'malformed-target': 'invalid_request',
  'unknown-path': 'not_found',
  'method-not-allowed': 'method_not_allowed',
  'metadata-header-missing': 'invalid_request',
  'metadata-header-invalid': 'invalid_request',
  'forwarded-request': 'invalid_request',
  'malformed-query': 'invalid_request',
  'duplicate-parameter': 'invalid_request',
  'misspelt-parameter': 'invalid_request',
  'resource-missing': 'invalid_request',
  'resource-invalid': 'invalid_request',
  'object-id-unsupported': 'invalid_request',
  'conflicting-resource-ids': 'invalid_request',
  'pod-headers-invalid': 'invalid_request',
  'body-too-large': 'invalid_request',
  'instance-metadata-blocked': 'access_denied',
  'not-from-node': 'access_denied',
  'unknown-caller': 'identity_not_found',
  'ambiguous-address': 'access_denied',
  'address-in-doubt': 'temporarily_unavailable',
  'host-network': 'access_denied',
  'pod-unknown': 'identity_not_found',
  'pod-excepted': 'identity_not_found',
  'pod-finished': 'access_denied',
  'pod-unscheduled': 'identity_not_found',
  'no-label': 'access_denied',
  'no-binding': 'identity_not_found',
  'identity-missing': 'identity_not_found',
  'identity-invalid': 'access_denied',
  'namespace-mismatch': 'access_denied',
  'not-among-grants': 'access_denied',
  'selector-mismatch': 'access_denied',
  'identity-unbound': 'access_denied',
  'identity-mismatch': 'access_denied',
  'not-assigned': 'temporarily_unavailable',
  'not-synced': 'temporarily_unavailable',
  'too-many-requests': 'too_many_requests',
  'too-many-waiters': 'temporarily_unavailable',
  'upstream-busy': 'temporarily_unavailable',
  'shutting-down': 'temporarily_unavailable',
  'secret-unusable': 'upstream_error',
  'credential-refused': 'access_denied',
  'upstream-failed': 'upstream_error',
  'upstream-timeout': 'upstream_timeout',
  'internal-error': 'internal_error',
};

/** A refusal, ready to be answered. */
export interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly reason: RefusalReason;
  /** For people: what is wrong and which object or parameter to look at. Never holds a token or a secret. */
  readonly description: string;
  /** Response headers beyond `Content-Type`, such as `Retry-After` (seconds) and `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Builds a {@link Refusal} for `reason`; status and error code come from the table. */
export function refuse(
  reason: RefusalReason,
  description: string,
  headers?: Readonly<Record<string, string>>,
): Refusal {
  const error = errorOfReason[reason];
  const base = { status: statusOfError[error], error, reason, description };
  return headers === undefined ? base : { ...base, headers };
}

/** The bodies of refusals that are given again and again, up to the correlation id. */
const begunBodies = new WeakMap<Refusal, string>();

/** The body of an error as IMDS shapes it, with NMI's `reason` and the request's correlation id beside. */
export function refusalBody(refusal: Refusal, correlationId: string): string {
  let begun = begunBodies.get(refusal);
  if (begun === undefined) {
    const { error, description, reason } = refusal;
    const whole = JSON.stringify({ error, error_description: description, reason, correlation_id: '' });
    begun = whole.slice(0, -'""}'.length);
    begunBodies.set(refusal, begun);
  }
  return `${begun}${JSON.stringify(correlationId)}}`;
}
