/**
 * From an understood request to its answer, in the contract's order: which pod, excepted, matched, assigned, token.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import {
  keyOf,
  objectKey,
  redactClientId,
  type AzureIdentity,
  type Clock,
  type ObjectKey,
} from '@aad-pod-identity/core';
import type { Grant } from '@aad-pod-identity/matcher';
import { authorize, type Authorization, type AuthorizationContext } from '../authorization/authorize.js';
import { andThen, type Awaitable } from '../awaitable.js';
import type { CallerResolver, ResolvedCaller } from '../caller/resolve-caller.js';
import type { ImdsClient } from '../imds/imds-client.js';
import type { UpstreamLimiter } from '../token/upstream-limiter.js';
import type { MetadataRequest } from '../request/classify.js';
import { refuse, type Refusal } from '../request/refusal.js';
import { tokenAnswer } from '../token/access-token.js';
import type { TokenService } from '../token/token-service.js';
import { forward, headOf, type PassedHead } from './forward.js';
import type { RequestRecord } from './request-record.js';
import { upstreamRefusal } from './upstream-refusal.js';

/** What the handler works with. */
export interface HandlerServices {
  readonly clock: Clock;
  readonly callers: CallerResolver;
  readonly authorization: AuthorizationContext;
  readonly tokens: TokenService;
  /** For token requests of excepted pods. */
  readonly imds: ImdsClient;
  /** For all other metadata: connections of its own, so that nobody who asks for much of it delays tokens. */
  readonly metadata: ImdsClient;
  readonly limiter: UpstreamLimiter;
  /** Why no token request can be decided now: the watches are not there yet, or NMI stops. */
  readonly unavailable: () => Refusal | undefined;
  /** An error that nobody foresaw, for the log. */
  readonly onInternalError: (error: unknown) => void;
}

/** One connection's side of a request. */
export interface RequestContext {
  readonly incoming: IncomingMessage;
  /** The canonical remote address. */
  readonly address: string | undefined;
  /** Aborts when the caller hangs up. */
  readonly signal: AbortSignal;
  readonly record: RequestRecord;
}

/** An answer: a JSON body, IMDS's own, a refusal, or none, because nobody is there to read it. */
export type Answer =
  | { readonly kind: 'json'; readonly body: string }
  | { readonly kind: 'passed-on'; readonly head: PassedHead; readonly body: IncomingMessage }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'gone' };

/** What is told of an identity in logs. */
interface Names {
  readonly key: ObjectKey;
  /** Redacted. */
  readonly clientId: string;
}

type TokenRequest = Extract<MetadataRequest, { kind: 'token' | 'host-token' }>;

/** Answers requests. */
export class RequestHandler {
  readonly #services: HandlerServices;
  readonly #names = new WeakMap<AzureIdentity, Names>();

  constructor(services: HandlerServices) {
    this.#services = services;
  }

  /** Answers one request, at once where nothing has to be waited for; never throws, never rejects. */
  answer(request: Exclude<MetadataRequest, { kind: 'refused' }>, context: RequestContext): Awaitable<Answer> {
    try {
      const answer =
        request.kind === 'passthrough'
          ? this.#forward(this.#services.metadata, request.method, request.forwardTo, context)
          : this.#answerTokenRequest(request, context);
      return answer instanceof Promise
        ? answer.catch((error: unknown) => this.#failed(error, context))
        : answer;
    } catch (error) {
      return this.#failed(error, context);
    }
  }

  #failed(error: unknown, context: RequestContext): Answer {
    if (context.signal.aborted) return { kind: 'gone' };
    const refusal = upstreamRefusal(error);
    if (refusal.reason === 'internal-error') this.#services.onInternalError(error);
    return { kind: 'refused', refusal };
  }

  #answerTokenRequest(request: TokenRequest, context: RequestContext): Awaitable<Answer> {
    const notNow = this.#services.unavailable();
    if (notNow !== undefined) return refused(notNow);
    return andThen(this.#caller(request, context), (caller) => {
      if (caller.kind !== 'pod') return caller;
      context.record.pod = keyOf(caller.pod);
      const current = (): ReturnType<typeof caller.current> =>
        this.#services.unavailable() ?? caller.current();
      const { authorization } = this.#services;
      return andThen(authorize(current, request.query, authorization, context.signal), (decided) =>
        this.#decided(decided, request, keyOf(caller.pod), context),
      );
    });
  }

  #decided(
    decided: Authorization,
    request: TokenRequest,
    pod: ObjectKey,
    context: RequestContext,
  ): Awaitable<Answer> {
    switch (decided.kind) {
      case 'granted':
        return this.#token(request, decided.grant, pod, context.record);
      case 'excepted':
        return this.#excepted(request, pod, context);
      case 'refused':
      case 'gone':
        return decided;
    }
  }

  #caller(request: TokenRequest, context: RequestContext): Awaitable<ResolvedCaller> {
    const { callers } = this.#services;
    if (request.kind === 'token') return callers.byAddress(context.address, context.signal);
    if (callers.isNode(context.address)) return callers.byName(request.pod, context.signal);
    return refused(
      refuse('not-from-node', 'This path answers the node itself only, over its loopback address.'),
    );
  }

  #token(request: TokenRequest, grant: Grant, pod: ObjectKey, record: RequestRecord): Awaitable<Answer> {
    const { resource } = request.query;
    const { key, clientId } = this.#namesOf(grant.identity);
    record.identity = key;
    record.clientId = clientId;
    return andThen(this.#services.tokens.tokens(grant.identity, resource, pod), (tokens) => {
      record.outcome = 'token';
      record.resource = resource;
      const nowMs = this.#services.clock.now();
      const answers = tokens.map((token) => tokenAnswer(token, resource, nowMs));
      const body = answers.length === 1 ? answers.join() : `[${answers.join()}]`;
      if (request.kind === 'token') return { kind: 'json', body };
      const clientId = JSON.stringify(tokens[0]?.clientId ?? '');
      return { kind: 'json', body: `{"token":${body},"clientid":${clientId}}` };
    });
  }

  #namesOf(identity: AzureIdentity): Names {
    const known = this.#names.get(identity);
    if (known !== undefined) return known;
    const names = { key: keyOf(identity), clientId: redactClientId(identity.spec.clientID) };
    this.#names.set(identity, names);
    return names;
  }

  #excepted(request: TokenRequest, pod: ObjectKey, context: RequestContext): Awaitable<Answer> {
    if (request.kind === 'host-token') {
      return refused(
        refuse('pod-excepted', 'The pod is excepted from pod identity: its token requests go to IMDS.'),
      );
    }
    const { imds, limiter } = this.#services;
    const turn = { party: `excepted ${objectKey(pod)}`, member: '', ticket: '' };
    return limiter.run(turn, () => this.#forward(imds, 'GET', request.forwardTo, context));
  }

  async #forward(
    client: ImdsClient,
    method: 'GET' | 'POST',
    path: string,
    context: RequestContext,
  ): Promise<Answer> {
    const { incoming, signal } = context;
    const answer = await forward(client, incoming, method, path, signal);
    if ('reason' in answer) return refused(answer);
    const head = headOf(answer);
    if ('reason' in head) return refused(head);
    context.record.outcome = 'forwarded';
    return { kind: 'passed-on', head, body: answer.body };
  }
}

function refused(refusal: Refusal): Extract<Answer, { kind: 'refused' }> {
  return { kind: 'refused', refusal };
}
