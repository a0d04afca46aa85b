/**
 * The HTTP side of the API server: who asks, and what for.
 *
 * @module
 */
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { anonymousForbidden } from '../identity/anonymous.js';
import { type Authenticator, type User } from '../identity/authentication.js';
import { type Review } from '../identity/reviews.js';
import { type ServiceAccountTokens } from '../identity/service-account-tokens.js';
import { requestToken } from '../identity/token-request.js';
import { isJsonObject } from '../json.js';
import { bindPod } from '../objects/bind-pod.js';
import { type Server } from '../objects/server.js';
import { methodNotAllowed, pathNotFound, unauthorized } from '../status-error.js';
import { sendError, sendJson, sendText } from './answer.js';
import { type Document } from './document.js';
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
  if (open !== undefined) return sendDocument(response, open);
  const target = parseResourcePath(path);
  const { authorization, accept } = request.headers;
  if (authorization === undefined) throw anonymousForbidden(request.method ?? 'GET', url, target);
  const user = context.authenticator.authenticate(authorization);
  if (user === undefined) throw unauthorized();
  if (target !== undefined && (await answerTarget(context, { target, url, request, response, user }))) return;
  if (target !== undefined && context.server.registry.isBuiltIn(target.group, target.version)) {
    throw pathNotFound();
  }
  const document = context.documents.closed(path, responseForm(accept));
  if (document === undefined) return sendText(response, 404, '404 page not found\n');
  if (request.method !== 'GET') throw methodNotAllowed();
  sendDocument(response, document);
}

function sendDocument(response: ServerResponse, { contentType, text }: Document): void {
  response.setHeader('content-type', contentType);
  response.end(text);
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
    const body = await readBody(request, 'the object provided is unrecognized');
    sendJson(response, 201, JSON.stringify(review(isJsonObject(body) ? body : {}, user)));
    return true;
  }
  const { server, tokens } = context;
  const definition = server.registry.find(group, version, plural);
  if (definition === undefined) return false;
  const part = `${group === '' ? plural : ''}/${subresource ?? ''}`;
  if (name !== undefined && (part === 'serviceaccounts/token' || part === 'pods/binding')) {
    if (request.method !== 'POST') throw methodNotAllowed();
    const body = await readBody(request, 'the object provided is unrecognized');
    const key = { name, namespace };
    const answer =
      part === 'pods/binding' ? bindPod(server, key, body) : requestToken(server.store, tokens, key, body);
    sendJson(response, 201, JSON.stringify(answer));
    return true;
  }
  await handleResource({ server, definition, target, query: url.searchParams, request, response });
  return true;
}
