/**
 * What form of answer a client asks for in `Accept`.
 *
 * @module
 */

/** JSON as it is, as a table for people, or as the aggregated form of discovery. */
export type ResponseForm = 'object' | 'table' | 'aggregatedDiscovery';

/** The first form in the header that is known; the plain one where none is. */
export function responseForm(accept: string | undefined): ResponseForm {
  for (const entry of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const has = (name: string, value: string): boolean => parameters.includes(`${name}=${value}`);
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    if (has('as', 'table')) return 'table';
    if (has('as', 'apigroupdiscoverylist')) {
      if (has('v', 'v2')) return 'aggregatedDiscovery';
      continue;
    }
    return 'object';
  }
  return 'object';
}
