/**
 * One watch request, from its start to its end.
 *
 * @module
 */
import { isRecord, type Clock } from '@aad-pod-identity/core';
import { requestSuccess, statusError } from './api-response.js';
import type { Connection } from './connection.js';
import { KubernetesError } from './kubernetes-error.js';
import { resourcePath, type Resource } from './resource.js';
import { SilenceGuard } from './silence-guard.js';

/** What a watch says. Objects are not decoded yet. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: unknown;
}

/** What to watch, and from where. */
export interface WatchOptions {
  readonly connection: Connection;
  readonly resource: Resource<unknown>;
  readonly clock: Clock;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion: string;
  /** When the server is to end the watch by itself. */
  readonly timeoutSeconds: number;
  /** Milliseconds without a word after which the connection counts as dead. */
  readonly inactivityMs: number;
  readonly signal: AbortSignal;
  /** Called when the server has accepted the watch. */
  readonly onOpen: () => void;
  readonly onEvent: (event: WatchEvent) => void;
}

const headTimeoutMs = 30_000;

/**
 * Runs one watch. Resolves when the server ends it in good order.
 *
 * @throws KubernetesError for everything else: `gone` (as an answer or as an event), a line that is no event
 * (`bad-response`: the event in it would be lost), silence (`timeout`), a broken connection, `aborted`
 */
export async function runWatch(options: WatchOptions): Promise<void> {
  const { connection, resource, clock, namespace, labelSelector, fieldSelector, resourceVersion } = options;
  const path = resourcePath(resource, { namespace });
  const what = `watch of ${connection.server}${path}`;
  const silence = new SilenceGuard(clock, what, options.inactivityMs, options.signal);
  try {
    const response = await requestSuccess(connection, {
      method: 'GET',
      path,
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion,
        timeoutSeconds: options.timeoutSeconds,
        labelSelector,
        fieldSelector,
      },
      timeoutMs: Math.min(headTimeoutMs, options.inactivityMs),
      signal: silence.signal,
    });
    options.onOpen();
    for await (const line of response.lines()) {
      silence.heard();
      options.onEvent(parseEvent(what, line));
    }
  } catch (error) {
    throw silence.explain(error);
  } finally {
    silence.end();
  }
}

function parseEvent(what: string, line: string): WatchEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    throw new KubernetesError('bad-response', `${what}: a line is not JSON`);
  }
  const type = isRecord(event) ? event['type'] : undefined;
  const object = isRecord(event) ? event['object'] : undefined;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return { type, object };
    case 'ERROR':
      throw statusError(what, object);
    default:
      throw new KubernetesError('bad-response', `${what}: a line is not a watch event`);
  }
}
