/**
 * The request target as it came over the wire, and nothing else, decides where a request goes. What is not spelled
 * plainly is refused rather than repaired: every repair (decoding, resolving dots, folding case or slashes) is a
 * second opinion about a path, and where IMDS holds a third one, a bypass begins (CVE-2022-23551).
 *
 * @module
 */
import { refuse, type Refusal } from './refusal.js';

/** A target in origin form whose path is plain. */
export interface Target {
  /** Path segments, at least one, none empty, `.` or `..`; only letters, digits, `-`, `_` and single inner dots. */
  readonly segments: readonly string[];
  readonly trailingSlash: boolean;
  /** What follows the first `?`, undecoded; empty where there is none. */
  readonly query: string;
}

/** Longest target that is looked at, in characters. */
export const maxTargetLength = 8_192;

const plainPath = /^(?:\/[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)+\/?$/;
// RFC 3986 `query`, and the brackets that clients leave unencoded.
const plainQuery = /^[A-Za-z0-9._~!$&'()*+,;=:@/?%[\]-]*$/;

/**
 * Parses a raw request target.
 *
 * @param raw - the target exactly as received (Node: `IncomingMessage.url`)
 */
export function parseTarget(raw: string): Target | Refusal {
  if (raw.length > maxTargetLength) return refuse('malformed-target', 'The request target is too long.');
  const mark = raw.indexOf('?');
  const path = mark === -1 ? raw : raw.slice(0, mark);
  const query = mark === -1 ? '' : raw.slice(mark + 1);
  if (path === '/') return refuse('unknown-path', 'There is nothing at this path.');
  if (!plainPath.test(path)) {
    return refuse(
      'malformed-target',
      'The path is not spelled plainly: NMI takes no encoded characters, backslashes, dot segments, empty segments, parameters or absolute URLs in it.',
    );
  }
  if (!plainQuery.test(query))
    return refuse('malformed-query', 'The query holds a character that must be percent-encoded.');
  const trailingSlash = path.endsWith('/');
  return { segments: path.slice(1, trailingSlash ? -1 : undefined).split('/'), trailingSlash, query };
}
