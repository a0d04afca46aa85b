/**
 * From the head of a request to what it asks for, before anybody is asked who the caller is. Costs no I/O.
 *
 * @module
 */
import { checkHeaders, podHeaders, type RawHeaders } from './header-checks.js';
import { serializeQuery, type QueryParameters, type TokenQuery } from './query.js';
import { readTarget } from './read-target.js';
import { refuse, type Refusal } from './refusal.js';
import type { PassthroughFamily, Route } from './route.js';

/** The head of a request, exactly as received. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly headers: RawHeaders;
}

/** What an operator may switch. */
export interface RequestRules {
  /** `--metadata-header-required` */
  readonly metadataHeaderRequired: boolean;
  /** `--block-instance-metadata` */
  readonly blockInstanceMetadata: boolean;
  /** `--host-token` */
  readonly hostToken: boolean;
}

/** A request that was understood. */
export type MetadataRequest =
  | {
      readonly kind: 'token';
      readonly query: TokenQuery;
      /**
       * Path and query for IMDS, where the pod turns out to be excepted; built from the parsed parameters when it is read,
       * which for most requests is never.
       */
      readonly forwardTo: string;
    }
  | {
      readonly kind: 'host-token';
      readonly query: TokenQuery;
      readonly pod: { readonly namespace: string; readonly name: string };
    }
  | {
      readonly kind: 'passthrough';
      readonly family: PassthroughFamily;
      readonly method: 'GET' | 'POST';
      /** Path and query for IMDS, built from the parsed segments and parameters. */
      readonly forwardTo: string;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The one path of IMDS that answers with tokens. */
export const tokenPath = '/metadata/identity/oauth2/token';

/**
 * Decides, in the contract's order: path, method, headers, parameters.
 *
 * @param read - reads the target; may remember what it read before
 */
export function classify(
  head: RequestHead,
  rules: RequestRules,
  read: typeof readTarget = readTarget,
): MetadataRequest {
  const target = read(head.target);
  if (target.kind === 'refused') return target;
  if (target.kind === 'unknown' || (target.kind === 'host-token' && !rules.hostToken)) {
    return refused(refuse('unknown-path', 'NMI answers no such path.'));
  }
  const method = methodOf(target.route, head.method);
  if (typeof method === 'object') return refused(method);
  const badHeader = checkHeaders(head.headers, rules.metadataHeaderRequired && target.kind !== 'host-token');
  if (badHeader !== undefined) return refused(badHeader);
  const { parameters } = target;
  if ('reason' in parameters) return refused(parameters);
  switch (target.kind) {
    case 'token': {
      const { query } = target;
      if ('reason' in query) return refused(query);
      return {
        kind: 'token',
        query,
        get forwardTo() {
          return withQuery(tokenPath, parameters);
        },
      };
    }
    case 'host-token': {
      const { query } = target;
      const pod = podHeaders(head.headers);
      if ('reason' in pod) return refused(pod);
      return 'reason' in query ? refused(query) : { kind: 'host-token', query, pod };
    }
    case 'passthrough': {
      const { family, path } = target.route;
      if (family === 'instance' && rules.blockInstanceMetadata) {
        return refused(refuse('instance-metadata-blocked', 'Request blocked by AAD Pod Identity NMI'));
      }
      return { kind: 'passthrough', family, method, forwardTo: withQuery(path, parameters) };
    }
  }
}

function methodOf(route: Route, method: string): 'GET' | 'POST' | Refusal {
  if (method === 'GET') return method;
  const takesPost = route.kind === 'passthrough' && route.family === 'scheduledevents';
  if (method === 'POST' && takesPost) return method;
  const allow = takesPost ? 'GET, POST' : 'GET';
  return refuse('method-not-allowed', `This path takes ${allow} only.`, { Allow: allow });
}

function withQuery(path: string, parameters: QueryParameters): string {
  return parameters.size === 0 ? path : `${path}?${serializeQuery(parameters)}`;
}

function refused(refusal: Refusal): MetadataRequest {
  return { kind: 'refused', refusal };
}
