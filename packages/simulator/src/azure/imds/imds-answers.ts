/**
 * The error answers of IMDS. Its identity endpoint words them differently from the rest.
 *
 * @module
 */
import type { HttpResponse } from '../../http/message.js';

/** API versions that IMDS knows, oldest first. */
export const apiVersions: readonly string[] = [
  '2017-03-01',
  '2017-04-02',
  '2017-08-01',
  '2017-10-01',
  '2017-12-01',
  '2018-02-01',
  '2018-04-02',
  '2018-10-01',
  '2019-02-01',
  '2019-03-11',
  '2019-04-30',
  '2019-06-01',
  '2019-06-04',
  '2019-08-01',
  '2019-08-15',
  '2019-11-01',
  '2020-06-01',
  '2020-07-15',
  '2020-09-01',
  '2020-10-01',
  '2020-12-01',
  '2021-01-01',
  '2021-02-01',
  '2021-03-01',
  '2021-05-01',
  '2021-10-01',
  '2021-11-01',
  '2021-11-15',
  '2021-12-13',
  '2023-07-01',
  '2023-11-15',
  '2024-03-15',
  '2024-07-17',
];

/** An error of the identity endpoint. */
export function identityError(status: number, error: string, description: string): HttpResponse {
  return {
    status,
    headers: { Server: 'IMDS/150.870.65.1854' },
    body: { error, error_description: description },
  };
}

/** An error of every other endpoint. */
export function metadataError(
  status: number,
  error: string,
  more: Record<string, unknown> = {},
): HttpResponse {
  return { status, headers: { Server: 'IMDS/150.870.65.1854' }, body: { error, ...more } };
}

/** An answer that is none of the two. */
export function metadataAnswer(body: unknown, contentType = 'application/json; charset=utf-8'): HttpResponse {
  return { status: 200, headers: { Server: 'IMDS/150.870.65.1854', 'Content-Type': contentType }, body };
}
