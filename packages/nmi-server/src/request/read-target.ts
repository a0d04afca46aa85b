/**
 * What a target says by itself, whoever asks and with whatever headers. The same target is always read the same.
 *
 * @module
 */
import { parseQuery, tokenQuery, type QueryParameters, type TokenQuery } from './query.js';
import type { Refusal } from './refusal.js';
import { routeOf, type Route } from './route.js';
import { parseTarget } from './target.js';

/** A target that was read. A refusal in a part of it counts only once the method and the headers are in order. */
export type ReadTarget =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'token' | 'host-token';
      readonly route: Route;
      readonly parameters: QueryParameters | Refusal;
      readonly query: TokenQuery | Refusal;
    }
  | {
      readonly kind: 'passthrough';
      readonly route: Extract<Route, { kind: 'passthrough' }>;
      readonly parameters: QueryParameters | Refusal;
    };

/** Reads a raw request target (Node: `IncomingMessage.url`). */
export function readTarget(raw: string): ReadTarget {
  const target = parseTarget(raw);
  if ('reason' in target) return { kind: 'refused', refusal: target };
  const route = routeOf(target);
  if (route.kind === 'unknown') return route;
  const parameters = parseQuery(target.query);
  if (route.kind === 'passthrough') return { kind: route.kind, route, parameters };
  const query = 'reason' in parameters ? parameters : tokenQuery(parameters);
  return { kind: route.kind, route, parameters, query };
}
