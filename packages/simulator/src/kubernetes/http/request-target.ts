/**
 * What a request path is about.
 *
 * @module
 */

/** A kind, an object or a part of one. */
export interface ResourceTarget {
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly plural: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Reads `/api/{v}/…` and `/apis/{g}/{v}/…`; `undefined` for what is not about a resource. */
export function parseResourcePath(path: string): ResourceTarget | undefined {
  const segments = path.split('/').slice(1).map(decode);
  if (segments.at(-1) === '') segments.pop();
  const root = segments.shift();
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'api' ? '' : segments.shift();
  const version = segments.shift();
  if (group === undefined || version === undefined || segments.length === 0) return undefined;
  let namespace: string | undefined;
  if (segments[0] === 'namespaces' && segments.length > 2 && !isNamespaceSubresource(segments)) {
    namespace = segments[1];
    segments.splice(0, 2);
  }
  const [plural = '', name, subresource, ...rest] = segments;
  if (rest.length > 0) return undefined;
  return { group, version, namespace, plural, name, subresource };
}

/** `/namespaces/{name}/status` is about the namespace, `/namespaces/{name}/pods` about what is in it. */
function isNamespaceSubresource(segments: readonly string[]): boolean {
  return segments.length === 3 && (segments[2] === 'status' || segments[2] === 'finalize');
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
