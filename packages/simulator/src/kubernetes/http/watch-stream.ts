/**
 * A watch over HTTP: one JSON text a line, until the time is over or the client goes.
 *
 * @module
 */
import { type ServerResponse } from 'node:http';
import { type JsonObject } from '../json.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { type Server } from '../objects/server.js';
import { watchObjects } from '../objects/watch.js';
import { type WatchNotice } from '../store/watch-hub.js';
import { type ListQuery } from './request-query.js';
import { objectText, type Rendering, renderRow, versionOf } from './rendering.js';

/**
 * A client that lets this much of what happens pile up is cut off, as the real server does. What had happened before the
 * watch began is sent however much it is.
 */
const backlogLimit = 64 * 1024 * 1024;

/** How long a watch lasts that names no time. */
const usualMs = 2_700_000;

/**
 * Answers with a stream of events.
 *
 * @throws StatusError before anything is sent, where the request makes no sense
 */
export function streamWatch(
  server: Server,
  rendering: Rendering,
  namespace: string | undefined,
  query: ListQuery,
  response: ServerResponse,
): void {
  const lines = new LineWriter(response);
  const write = noticeWriter(server, rendering, lines);
  const watch = watchObjects(server, rendering.definition, namespace, query, {
    notify: write,
    ended: () => lines.end(),
  });
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const limit = query.timeoutSeconds ?? 0;
  const cancel = server.clock.after(limit > 0 ? limit * 1000 : usualMs, () => {
    watch.bookmark();
    watch.stop();
    lines.end();
  });
  response.on('close', () => {
    cancel();
    watch.stop();
  });
}

/** Writes what one turn of the event loop brings in one piece: a burst of events is not a burst of packets. */
class LineWriter {
  readonly #response: ServerResponse;
  #pending: string[] = [];
  #scheduled = false;
  #ends = false;
  #over = false;
  /** Whether what was written last waits for the client. */
  #full = false;
  #caughtUp = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.once('close', () => (this.#over = true));
    response.on('drain', () => {
      this.#full = false;
      this.#caughtUp = true;
    });
  }

  write(line: string): void {
    this.#pending.push(line);
    this.#schedule();
  }

  /** Ends the answer once everything is written. */
  end(): void {
    this.#ends = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#over) return;
    if (this.#pending.length > 0) this.#full = !this.#response.write(this.#pending.join(''));
    this.#pending = [];
    this.#over = this.#ends;
    if (this.#ends) this.#response.end();
    else if (!this.#full) this.#caughtUp = true;
    else if (this.#caughtUp && this.#response.writableLength > backlogLimit) this.#response.destroy();
  }
}

function noticeWriter(
  server: Server,
  rendering: Rendering,
  lines: LineWriter,
): (notice: WatchNotice) => void {
  const { definition } = rendering;
  let headings = true;
  const objectOf = (notice: WatchNotice): string => {
    if (notice.type === 'ERROR') return JSON.stringify(notice.status);
    if (notice.type === 'BOOKMARK') {
      return JSON.stringify(bookmarkObject(definition, notice.revision));
    }
    if (!rendering.asTable) return objectText(definition, notice.stored);
    const row = renderRow({ ...rendering, now: server.clock.now() }, notice.stored, headings);
    headings = false;
    return row;
  };
  return (notice) => lines.write(`{"type":"${notice.type}","object":${objectOf(notice)}}\n`);
}

/** An object of the kind with nothing in it but the version; built-in kinds show their empty fields. */
function bookmarkObject(definition: ResourceDefinition, revision: number): JsonObject {
  const { kind, custom, emptyFields } = definition;
  const metadata = { resourceVersion: String(revision), ...(!custom && { creationTimestamp: null }) };
  return { kind, apiVersion: versionOf(definition), metadata, ...emptyFields };
}
