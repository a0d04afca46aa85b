/**
 * The checks that IMDS makes on headers, and the headers by which `/host/token` names a pod.
 *
 * @module
 */
import { refuse, type Refusal } from './refusal.js';

/** Headers as received: name, value, name, value… (Node: `IncomingMessage.rawHeaders`). */
export type RawHeaders = readonly string[];

const mostHeaders = 128;

/**
 * Refuses a request that is no proper HTTP, one that was forwarded, and one without the header that a browser or a proxy would not set.
 *
 * @param metadataHeaderRequired - whether `Metadata: true` must be there
 */
export function checkHeaders(headers: RawHeaders, metadataHeaderRequired: boolean): Refusal | undefined {
  // Node's parser hands over the first 2,000 and drops the rest, of which one might be X-Forwarded-For.
  if (headers.length > 2 * mostHeaders)
    return refuse('malformed-request', `A request has at most ${mostHeaders} headers.`);
  let [hosts, forwarded, metadata] = [0, 0, 0];
  let value = '';
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    // Most headers are told apart by their length; only the others are spelled out.
    if (isNamed(name, 'host')) hosts++;
    else if (isNamed(name, 'x-forwarded-for')) forwarded++;
    else if (isNamed(name, 'metadata')) {
      metadata++;
      value = headers[i + 1] ?? '';
    }
  }
  if (hosts > 1) return refuse('malformed-request', 'The header Host must occur once.');
  if (forwarded > 0) {
    return refuse('forwarded-request', 'A request with the header X-Forwarded-For is not answered.');
  }
  if (!metadataHeaderRequired) return undefined;
  if (metadata === 0) return refuse('metadata-header-missing', 'Required metadata header not specified');
  if (metadata > 1 || value.trim().toLowerCase() !== 'true') {
    return refuse('metadata-header-invalid', 'The header Metadata must occur once, with the value true.');
  }
  return undefined;
}

/** Reads `podns` and `podname`, each exactly once and not empty. */
export function podHeaders(
  headers: RawHeaders,
): { readonly namespace: string; readonly name: string } | Refusal {
  const [namespace = '', ...moreNamespaces] = valuesOf(headers, 'podns');
  const [name = '', ...moreNames] = valuesOf(headers, 'podname');
  if (namespace === '' || name === '' || moreNamespaces.length > 0 || moreNames.length > 0) {
    return refuse(
      'pod-headers-invalid',
      'The headers podns and podname must name the pod, each exactly once.',
    );
  }
  return { namespace, name };
}

function valuesOf(headers: RawHeaders, lowerCaseName: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (isNamed(name, lowerCaseName)) values.push(headers[i + 1] ?? '');
  }
  return values;
}

function isNamed(name: string, lowerCaseName: string): boolean {
  return name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName;
}
