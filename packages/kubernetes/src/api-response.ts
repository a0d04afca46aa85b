/**
 * From an answer of the API server to a value or a {@link KubernetesError}.
 *
 * @module
 */
import { isRecord } from '@aad-pod-identity/core';
import type { Connection, KubernetesRequest, KubernetesResponse } from './connection.js';
import { KubernetesError, type KubernetesErrorCode } from './kubernetes-error.js';

/**
 * Sends a request and returns its answer, where that is a success.
 *
 * @throws KubernetesError also for every HTTP status from 400 on
 */
export async function requestSuccess(
  connection: Connection,
  request: KubernetesRequest,
): Promise<KubernetesResponse> {
  const response = await connection.request(request);
  if (response.status < 400) return response;
  throw await responseError(`${request.method} ${request.path}`, response);
}

/** Sends a request and returns the body of its answer, parsed. */
export async function requestJson(connection: Connection, request: KubernetesRequest): Promise<unknown> {
  const response = await requestSuccess(connection, request);
  return response.json();
}

/**
 * The error that a Status object (as the body of a failing answer, or as an `ERROR` event of a watch) stands for.
 *
 * @param what - the request, for the message
 */
export function statusError(
  what: string,
  status: unknown,
  answer: { readonly httpStatus?: number; readonly retryAfterMs?: number | undefined } = {},
): KubernetesError {
  const body = isRecord(status) && status['kind'] === 'Status' ? status : {};
  const code = answer.httpStatus ?? (typeof body['code'] === 'number' ? body['code'] : 500);
  const reason = typeof body['reason'] === 'string' ? body['reason'] : undefined;
  const message =
    typeof body['message'] === 'string' && body['message'] !== '' ? body['message'] : `HTTP ${code}`;
  const details = isRecord(body['details']) ? body['details']['retryAfterSeconds'] : undefined;
  const retryAfterMs =
    answer.retryAfterMs ?? (typeof details === 'number' && details > 0 ? details * 1_000 : undefined);
  return new KubernetesError(errorCode(code, reason), `${what}: ${message}`, {
    status: code,
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

async function responseError(what: string, response: KubernetesResponse): Promise<KubernetesError> {
  const retryAfterMs = retryAfter(response.headers['retry-after']);
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    // A proxy's error page, or a connection that broke off: the status alone has to do.
  }
  return statusError(what, body, { httpStatus: response.status, retryAfterMs });
}

/** API servers send whole seconds. */
function retryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined;
}

const byStatus: Readonly<Record<number, KubernetesErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  408: 'timeout',
  409: 'conflict',
  410: 'gone',
  429: 'too-many-requests',
  502: 'unavailable',
  503: 'unavailable',
  504: 'timeout',
};

function errorCode(status: number, reason: string | undefined): KubernetesErrorCode {
  if (reason === 'AlreadyExists') return 'already-exists';
  if (reason === 'Expired') return 'gone';
  return byStatus[status] ?? (status < 500 ? 'invalid' : 'internal');
}
