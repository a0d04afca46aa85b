import { type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';

export interface WatchEvent {
  type: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  object: any;
}

const patience = 15_000;

/** The answer to a watch request: one JSON event a line, taken in order. */
export class WatchStream implements AsyncDisposable {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly #response: IncomingMessage;
  readonly #lines: AsyncIterator<string>;

  constructor(response: IncomingMessage) {
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    this.#response = response;
    this.#lines = createInterface({ input: response })[Symbol.asyncIterator]();
  }

  /** The next event. @throws if the stream ends, or if none comes within 15 s. */
  async next(): Promise<WatchEvent> {
    const line = await this.#line();
    if (line === undefined) throw new Error('the watch ended where an event was expected');
    return JSON.parse(line) as WatchEvent;
  }

  /** The next `count` events. */
  async take(count: number): Promise<WatchEvent[]> {
    const events: WatchEvent[] = [];
    while (events.length < count) events.push(await this.next());
    return events;
  }

  /** All events up to the end of the stream, which the server must bring about. */
  async rest(): Promise<WatchEvent[]> {
    const events: WatchEvent[] = [];
    for (let line = await this.#line(); line !== undefined; line = await this.#line()) {
      events.push(JSON.parse(line) as WatchEvent);
    }
    return events;
  }

  async #line(): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`nothing came on the watch for ${patience} ms`)), patience);
    });
    try {
      const { done, value } = await Promise.race([this.#lines.next(), late]);
      return done === true ? undefined : (value as string);
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#response.destroy();
  }
}

/** What most tests compare: type and name, in order. */
export function summary(events: readonly WatchEvent[]): string[] {
  return events.map(({ type, object }) => `${type} ${object.metadata.name}`);
}
