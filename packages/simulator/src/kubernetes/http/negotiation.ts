/**
 * What form of answer a client asks for in `Accept`.
 *
 * @module
 */

import { failure, type StatusError } from '../status-error.js';

/** JSON as it is, as a table for people, or as the aggregated form of discovery. */
export type ResponseForm = 'object' | 'table' | 'aggregatedDiscovery';

/**
 * The first form in the header that is known; the plain one where there is no header.
 *
 * @throws StatusError 406 where none is
 */
export function responseForm(accept: string | undefined): ResponseForm {
  if (accept === undefined || accept.trim() === '') return 'object';
  for (const entry of accept.split(',')) {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const has = (name: string, value: string): boolean => parameters.includes(`${name}=${value}`);
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    if (has('as', 'table')) return 'table';
    if (has('as', 'apigroupdiscoverylist') && has('v', 'v2')) return 'aggregatedDiscovery';
    if (!parameters.some((parameter) => parameter.startsWith('as='))) return 'object';
  }
  throw notAcceptable();
}

function notAcceptable(): StatusError {
  const message = 'only the following media types are accepted: application/json';
  return failure(406, 'NotAcceptable', message);
}
