/**
 * NMI's own decision: from the raw head of a request, through the caller, matching, assignment and the token cache, to
 * the answer. Only sockets, IMDS and Entra are left out.
 *
 * @module
 */
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import {
  decodeAzureAssignedIdentity,
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  decodeAzurePodIdentityException,
  decodePod,
  type Decoded,
  type ObjectKey,
  type Pod,
  type VirtualClock,
} from '@aad-pod-identity/core';
import type { ClusterEvent, MatchPolicy } from '@aad-pod-identity/matcher';
import type { WaitBounds } from '../../packages/nmi-server/src/authorization/authorize.js';
import { Waiters } from '../../packages/nmi-server/src/authorization/waiters.js';
import { canonicalAddress } from '../../packages/nmi-server/src/caller/address.js';
import { CallerResolver } from '../../packages/nmi-server/src/caller/resolve-caller.js';
import { ClusterView } from '../../packages/nmi-server/src/cluster/cluster-view.js';
import type { ImdsClient } from '../../packages/nmi-server/src/imds/imds-client.js';
import { classify } from '../../packages/nmi-server/src/request/classify.js';
import { RequestHandler } from '../../packages/nmi-server/src/server/request-handler.js';
import { newRecord } from '../../packages/nmi-server/src/server/request-record.js';
import { Authorities } from '../../packages/nmi-server/src/token/authority.js';
import { servicePrincipalTokenSource } from '../../packages/nmi-server/src/token/service-principal-token-source.js';
import { TokenCache } from '../../packages/nmi-server/src/token/token-cache.js';
import { TokenService } from '../../packages/nmi-server/src/token/token-service.js';
import type { TokenSource } from '../../packages/nmi-server/src/token/token-source.js';
import { UpstreamLimiter } from '../../packages/nmi-server/src/token/upstream-limiter.js';
import type { Answer, Policy } from './model.js';
import type { Kind } from './random-cluster.js';
import { plainClient, thisNode } from './spelling.js';

/** How long NMI waits, in milliseconds; for `0` it answers at once. */
export interface Waits extends Pick<WaitBounds, 'bindingGraceMs' | 'createdMs' | 'assignedMs'> {
  readonly watchLagMs: number;
  readonly doubtMs: number;
}

const decoders = {
  pods: ['Pod', decodePod],
  identities: ['AzureIdentity', decodeAzureIdentity],
  bindings: ['AzureIdentityBinding', decodeAzureIdentityBinding],
  exceptions: ['AzurePodIdentityException', decodeAzurePodIdentityException],
  assigned: ['AzureAssignedIdentity', decodeAzureAssignedIdentity],
} as const;

/** NMI, told of a cluster event by event. */
export class RealNmi {
  readonly #view: ClusterView;
  readonly #handler: RequestHandler;
  readonly #cache: TokenCache;

  /** @param serverPods - all pods that the API server has now, as JSON */
  constructor(policy: Policy, waits: Waits, clock: VirtualClock, serverPods: () => readonly object[]) {
    const matchPolicy: MatchPolicy = {
      mode: policy.managed ? 'managed' : 'standard',
      forceNamespaced: policy.forceNamespaced,
    };
    const ofNode = (): Pod[] =>
      serverPods()
        .map((json) => decoded(decodePod(json)))
        .filter((pod) => pod.nodeName === thisNode);
    const view = new ClusterView(matchPolicy, policy.exceptionMatch);
    const waiters = (): Waiters => new Waiters(1_000, 1_000);
    const limiter = new UpstreamLimiter({ clock, upstream: 'nobody', perSecond: 1_000_000 });
    const imds = { send: async () => ({ status: 200, headers: {}, body: Readable.from(['{}']) }) };
    this.#view = view;
    this.#cache = new TokenCache({ clock });
    this.#handler = new RequestHandler({
      clock,
      callers: new CallerResolver({
        view,
        clock,
        waiters: waiters(),
        lookup: {
          byAddress: async (address) =>
            ofNode().filter(({ podIPs }) => podIPs.some((ip) => canonicalAddress(ip) === address)),
          byName: async (key: ObjectKey) =>
            ofNode().find((pod) => pod.namespace === key.namespace && pod.name === key.name),
          ofNode: async () => ofNode(),
        },
        isNodeAddress: () => false,
        watchLagMs: waits.watchLagMs,
        doubtMs: waits.doubtMs,
      }),
      authorization: {
        view,
        clock,
        waiters: waiters(),
        bounds: { ...waits, longestMs: Infinity, answerAtOnce: false },
      },
      tokens: new TokenService({
        cache: this.#cache,
        managedIdentities: namingSource,
        servicePrincipals: { ...namingSource, permit: servicePrincipalPolicy(matchPolicy, clock, limiter) },
        measure: (_, fetch) => fetch(),
      }),
      imds: imds as unknown as ImdsClient,
      metadata: imds as unknown as ImdsClient,
      limiter,
      unavailable: () => undefined,
      onInternalError: (error) => {
        throw error;
      },
    });
  }

  /** An object that came or changed, or went, as the watch of its kind brings it. */
  deliver(kind: Kind, json: object, gone: boolean): void {
    const [name, decode] = decoders[kind];
    const object = decoded(decode(json) as Decoded<ObjectKey>);
    // The watch of pods is one of this node's.
    const isThere = !gone && (kind !== 'pods' || (object as Pod).nodeName === thisNode);
    const { namespace } = object;
    this.#view.apply(
      isThere
        ? ({ type: 'upsert', kind: name, object } as ClusterEvent)
        : { type: 'delete', kind: name, key: { namespace, name: object.name } },
    );
  }

  /** The answer to a request, in the words of the model; anything else is an error. */
  async ask(request: {
    readonly target: string;
    readonly headers: readonly string[];
    readonly address: string;
  }): Promise<Answer> {
    const { target, headers } = request;
    const rules = { metadataHeaderRequired: true, blockInstanceMetadata: false, hostToken: true };
    const classified = classify({ method: 'GET', target, headers }, rules);
    if (classified.kind === 'refused') throw new Error(`not understood: ${classified.refusal.description}`);
    const address = canonicalAddress(request.address);
    const answer = await this.#handler.answer(classified, {
      incoming: Object.assign(new EventEmitter(), { headers: {} }) as unknown as IncomingMessage,
      address,
      signal: new AbortController().signal,
      record: newRecord('', address ?? ''),
    });
    switch (answer.kind) {
      case 'json':
        return tokenIn(answer.body);
      case 'passed-on':
        return 'imds';
      case 'refused':
        if (answer.refusal.status === 503) return 'later';
        if ([403, 404].includes(answer.refusal.status)) return 'no';
        throw new Error(`refused in an odd way: ${answer.refusal.reason}`);
      case 'gone':
        throw new Error('nobody hung up');
    }
  }
}

/** Tokens that name the identity they are of. */
const namingSource: TokenSource = {
  fetch: async ({ identity, resource }) => ({
    value: `${identity.namespace}/${identity.name} ${identity.uid} ${plainClient(identity.spec.clientID)}|${resource}`,
    tokenType: 'Bearer',
    expiresOn: 10_000_000,
    notBefore: 0,
    clientId: identity.spec.clientID,
  }),
};

function tokenIn(body: string): Answer {
  const json = JSON.parse(body) as {
    token?: { access_token: string; resource: string };
    access_token: string;
    resource: string;
  };
  const { access_token: value, resource } = json.token ?? json;
  const [identity = '', of] = value.split('|');
  if (of !== resource) throw new Error(`asked for ${resource}, got a token for ${of}`);
  return `token of ${identity}`;
}

function servicePrincipalPolicy(
  policy: MatchPolicy,
  clock: VirtualClock,
  limiter: UpstreamLimiter,
): NonNullable<TokenSource['permit']> {
  const never = (): Promise<never> => Promise.reject(new Error('left out'));
  const source = servicePrincipalTokenSource({
    clock,
    policy,
    limiter,
    authorities: new Authorities('https://login.microsoftonline.com', []),
    readSecret: never,
    openPfx: never,
  });
  return (identity) => source.permit?.(identity);
}

function decoded<T>(result: Decoded<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}
