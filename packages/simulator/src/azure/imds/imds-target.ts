/**
 * How IMDS reads a request target: leniently. It decodes, takes backslashes for slashes, resolves dots and ignores
 * casing. So whatever spelling slips through a proxy in front of it shows, here as there.
 *
 * @module
 */
import { splitTarget } from '../../http/message.js';

/** A request target as IMDS understands it. */
export interface ImdsTarget {
  /** Lower case, decoded, no dot segments, no doubled slashes, no slash at the end. */
  readonly path: string;
  /** The path's segments in the casing of the request: names of instance data are told by it in answers. */
  readonly segments: readonly string[];
  /** Values by lower-case parameter name. */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
}

/** Reads the target; never throws. */
export function parseImdsTarget(target: string): ImdsTarget {
  const { path, query } = splitTarget(target);
  const segments: string[] = [];
  for (const segment of decodeFully(path).replaceAll('\\', '/').split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(segment.trim());
  }
  const parameters = new Map<string, string[]>();
  for (const [name, value] of query) {
    const key = name.toLowerCase();
    parameters.set(key, [...(parameters.get(key) ?? []), value]);
  }
  return { path: `/${segments.join('/').toLowerCase()}`, segments, parameters };
}

/** Decodes again and again, as servers behind servers do; an escape that is none stays as it is. */
function decodeFully(text: string): string {
  let current = text;
  for (let round = 0; round < 4; round++) {
    const decoded = current.replace(/%[0-9a-f]{2}/gi, (escape) => {
      const code = Number.parseInt(escape.slice(1), 16);
      return code < 0x80 ? String.fromCharCode(code) : escape;
    });
    if (decoded === current) break;
    current = decoded;
  }
  return current;
}
