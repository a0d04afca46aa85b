/**
 * The HTTP side of the API server: who asks, and what for.
 *
 * @module
 */
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Authenticator, type User } from '../identity/authentication.js';
import { type Review } from '../identity/reviews.js';
import { type ServiceAccountTokens } from '../identity/service-account-tokens.js';
import { requestToken } from '../identity/token-request.js';
import { isJsonObject } from '../json.js';
import { bindPod } from '../objects/bind-pod.js';
import { type Server } from '../objects/server.js';
import { methodNotAllowed, unauthorized } from '../status-error.js';
import { sendError, sendJson, sendText } from './answer.js';
import { type Documents } from './documents.js';
import { type FaultHook, injectFault } from './fault-hook.js';
import { responseForm } from './negotiation.js';
import { readBody } from './request-body.js';
import { parseResourcePath, type ResourceTarget } from './request-target.js';
import { handleResource } from './resource-handler.js';

/** What the handler works with. */
export interface HandlerContext {
  readonly server: Server;
  readonly tokens: ServiceAccountTokens;
  readonly authenticator: Authenticator;
  readonly reviews: ReadonlyMap<string, Review>;
  readonly documents: Documents;
  readonly beforeRequest: FaultHook | undefined;
}

const probes = new Set(['/healthz', '/livez', '/readyz']);

/** Answers one request. Never throws and never rejects: what goes wrong is answered. */
export async function handleRequest(
  context: HandlerContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (context.beforeRequest !== undefined && (await injectFault(context.beforeRequest, request, response)))
      return;
    await route(context, request, response);
  } catch (error) {
    sendError(response, error);
  }
}

async function route(
  context: HandlerContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://simulator.invalid');
  const path = url.pathname;
  if (probes.has(path)) return sendText(response, 200, 'ok');
  const open = context.documents.open(path);
  if (open !== undefined) return sendJson(response, 200, JSON.stringify(open));
  const user = context.authenticator.authenticate(request.headers.authorization);
  if (user === undefined) throw unauthorized();
  const target = parseResourcePath(path);
  if (target !== undefined && (await answerTarget(context, { target, url, request, response, user }))) return;
  const form = responseForm(request.headers.accept);
  const document = context.documents.closed(path, form);
  if (document === undefined) return sendText(response, 404, '404 page not found\n');
  if (request.method !== 'GET') throw methodNotAllowed();
  response.setHeader('content-type', document.contentType);
  response.end(document.text);
}

interface Call {
  readonly target: ResourceTarget;
  readonly url: URL;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly user: User;
}

/** Whether the target is one that is served, in which case it has been answered. */
async function answerTarget(context: HandlerContext, call: Call): Promise<boolean> {
  const { target, url, request, response, user } = call;
  const { group, version, plural, name, namespace, subresource } = target;
  const review = context.reviews.get(`${group}/${version}/${plural}`);
  if (review !== undefined) {
    if (request.method !== 'POST') throw methodNotAllowed();
    const body = await readBody(request);
    sendJson(response, 201, JSON.stringify(review(isJsonObject(body) ? body : {}, user)));
    return true;
  }
  const { server, tokens } = context;
  const definition = server.registry.find(group, version, plural);
  if (definition === undefined) return false;
  const part = `${group === '' ? plural : ''}/${subresource ?? ''}`;
  if (name !== undefined && (part === 'serviceaccounts/token' || part === 'pods/binding')) {
    if (request.method !== 'POST') throw methodNotAllowed();
    const body = await readBody(request);
    const key = { name, namespace };
    const answer =
      part === 'pods/binding' ? bindPod(server, key, body) : requestToken(server.store, tokens, key, body);
    sendJson(response, 201, JSON.stringify(answer));
    return true;
  }
  await handleResource({ server, definition, target, query: url.searchParams, request, response });
  return true;
}
