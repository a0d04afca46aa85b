/**
 * The allow-list: which plain paths exist. Everything else is unknown and never reaches IMDS.
 *
 * @module
 */
import type { Target } from './target.js';

/** The families of metadata that are passed on to IMDS; bounded, so fit for a metric label. */
export type PassthroughFamily = 'instance' | 'attested' | 'scheduledevents' | 'versions' | 'loadbalancer';

/** Where a target leads. */
export type Route =
  | { readonly kind: 'token' }
  | { readonly kind: 'host-token' }
  | { readonly kind: 'passthrough'; readonly family: PassthroughFamily; readonly path: string }
  | { readonly kind: 'unknown' };

const unknown: Route = { kind: 'unknown' };
const token: Route = { kind: 'token' };
const hostToken: Route = { kind: 'host-token' };

/**
 * Looks a target up in the allow-list. Only the first segment, `metadata`, is taken in any casing, as in the original;
 * the path of a passthrough is put together anew from the parsed segments.
 */
export function routeOf(target: Target): Route {
  const [first = '', ...rest] = target.segments;
  if (first === 'host') return rest.length === 1 && rest[0] === 'token' ? hostToken : unknown;
  if (first.toLowerCase() !== 'metadata') return unknown;
  if (rest[0] === 'identity') {
    return rest.length === 3 && rest[1] === 'oauth2' && rest[2] === 'token' ? token : unknown;
  }
  const family = familyOf(rest);
  if (family === undefined) return unknown;
  return {
    kind: 'passthrough',
    family,
    path: `/metadata/${rest.join('/')}${target.trailingSlash ? '/' : ''}`,
  };
}

function familyOf(rest: readonly string[]): PassthroughFamily | undefined {
  switch (rest[0]) {
    case 'instance':
      return 'instance';
    case 'attested':
      return rest.length === 2 && rest[1] === 'document' ? 'attested' : undefined;
    case 'scheduledevents':
    case 'versions':
    case 'loadbalancer':
      return rest.length === 1 ? rest[0] : undefined;
    default:
      return undefined;
  }
}
