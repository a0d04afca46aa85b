/**
 * Puts the API server together.
 *
 * @module
 */
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Clock } from '@aad-pod-identity/core';
import { type Random } from '../random.js';
import { type ObjectKey } from './api-object.js';
import { createDocuments } from './http/documents.js';
import { type FaultHook } from './http/fault-hook.js';
import { handleRequest, type HandlerContext } from './http/handler.js';
import { Authenticator } from './identity/authentication.js';
import { reviews } from './identity/reviews.js';
import { type JsonWebKeySet, ServiceAccountTokens } from './identity/service-account-tokens.js';
import { requestToken } from './identity/token-request.js';
import { type JsonObject } from './json.js';
import { ResourceRegistry } from './kinds/resource-registry.js';
import { bindPod } from './objects/bind-pod.js';
import { upkeep } from './objects/cluster-upkeep.js';
import { Objects } from './objects/objects.js';
import { type Server } from './objects/server.js';
import { expired } from './status-error.js';
import { type HistoryOptions, ObjectStore } from './store/object-store.js';
import { WatchHub } from './store/watch-hub.js';

/** What the API server needs. */
export interface KubernetesOptions extends HistoryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The bearer token of the administrator. */
  readonly adminToken: string;
  /** The issuer of ServiceAccount tokens, and their usual audience: an https URL without a trailing slash. */
  readonly issuer: string;
  /** How often a watch that asks for bookmarks gets one; a minute where absent, as from a real server. */
  readonly bookmarkIntervalMs?: number | undefined;
  /** Asked before each HTTP request is served. */
  readonly beforeRequest?: FaultHook | undefined;
}

/** A simulated API server. */
export interface KubernetesApi {
  /** The objects, for callers in this process. */
  readonly objects: Objects;
  /** Answers an HTTP request. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Binds a pod to a node, as a scheduler does; throws StatusError 404, 409. */
  bindPod(key: ObjectKey, node: string): void;
  /** A token for the ServiceAccount named `key`: answers a `TokenRequest`; throws StatusError 404, 409, 422. */
  requestToken(key: ObjectKey, request: JsonObject): JsonObject;
  /** The keys of ServiceAccount tokens. */
  jwks(): JsonWebKeySet;
  /** Forgets all history: who watches, lists or continues from an earlier version is told that it expired (410). */
  compact(): void;
  /**
   * Cuts off running watches: all, or those of the resources (`plural` or `plural.group`) that `matches` says. With
   * `expire` they are told first that their version expired. Returns how many there were.
   */
  dropWatches(matches?: (resource: string) => boolean, expire?: boolean): number;
  /** Ends all watches. */
  close(): void;
}

/** Makes an API server with the namespaces `default` and `kube-system`, and nothing else in it. */
export function createKubernetesApi(options: KubernetesOptions): KubernetesApi {
  const { clock, random, issuer } = options;
  const store = new ObjectStore(
    clock,
    (collection, change) => {
      hub.announce(collection, change);
      upkeep(server, collection, change);
    },
    options,
  );
  const hub = new WatchHub(clock, () => store.revision, options.bookmarkIntervalMs);
  const server: Server = { clock, random, store, hub, registry: new ResourceRegistry() };
  const objects = new Objects(server);
  const tokens = new ServiceAccountTokens(issuer, clock, random.fork('tokens'));
  const authenticator = new Authenticator(options.adminToken, tokens, store);
  const context: HandlerContext = {
    server,
    tokens,
    authenticator,
    reviews: reviews(authenticator, issuer),
    documents: createDocuments(server.registry, tokens),
    beforeRequest: options.beforeRequest,
  };
  for (const name of ['default', 'kube-system']) objects.create('namespaces', { metadata: { name } });
  return {
    objects,
    handle: (request, response) => void handleRequest(context, request, response),
    bindPod: (key, node) => void bindPod(server, key, { target: { kind: 'Node', name: node } }),
    requestToken: (key, request) => requestToken(store, tokens, key, request),
    jwks: () => tokens.jwks(),
    compact: () => store.compact(),
    dropWatches: (matches = () => true, expire = false) => {
      const status = expire
        ? expired('too old resource version: the history was forgotten').status
        : undefined;
      return hub.drop((collection) => matches(collection.key), status);
    },
    close: () => void hub.drop(),
  };
}
