import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { type Target } from './target.js';
import { WatchStream } from './watch-stream.js';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** As it came over the wire. */
  text: string;
  /** The parsed text, or undefined where it is not JSON. Deliberately loose: tests say what it must be. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

export interface RequestSettings {
  accept?: string;
  contentType?: string;
  /** Overrides the target's credentials: a bearer token, or null for none at all. */
  token?: string | null;
  /** Acts as this user and these groups; the target's credentials must be allowed to. */
  as?: { user: string; groups?: readonly string[] };
}

export const mergePatch = 'application/merge-patch+json';
export const jsonPatch = 'application/json-patch+json';
export const strategicMergePatch = 'application/strategic-merge-patch+json';

/** Plain HTTP against a target: nothing between a test and what is on the wire. */
export class Api {
  readonly #target: Target;
  readonly #agents: { own: HttpAgent; anonymous: HttpAgent };

  constructor(target: Target) {
    this.#target = target;
    const secure = target.url.startsWith('https:');
    const own = 'cert' in target.credentials ? target.credentials : {};
    const agent = (more: object): HttpAgent =>
      secure
        ? new HttpsAgent({ keepAlive: true, ca: target.ca, ...more })
        : new HttpAgent({ keepAlive: true });
    this.#agents = { own: agent(own), anonymous: agent({}) };
  }

  /** Sends a request; an object body goes as JSON, a string or bytes as they are. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    settings: RequestSettings = {},
  ): Promise<Answer> {
    const response = await this.#send(method, path, body, settings);
    const received = await text(response);
    let parsed: unknown;
    try {
      parsed = JSON.parse(received);
    } catch {
      parsed = undefined;
    }
    return { status: response.statusCode ?? 0, headers: response.headers, text: received, body: parsed };
  }

  get(path: string, settings?: RequestSettings): Promise<Answer> {
    return this.request('GET', path, undefined, settings);
  }

  post(path: string, body: unknown, settings?: RequestSettings): Promise<Answer> {
    return this.request('POST', path, body, settings);
  }

  put(path: string, body: unknown, settings?: RequestSettings): Promise<Answer> {
    return this.request('PUT', path, body, settings);
  }

  patch(path: string, contentType: string, body: unknown): Promise<Answer> {
    return this.request('PATCH', path, body, { contentType });
  }

  delete(path: string, options?: unknown): Promise<Answer> {
    return this.request('DELETE', path, options);
  }

  /** Creates an object and insists on it: for what a test needs, not for what it tests. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async created(path: string, body: unknown): Promise<any> {
    const answer = await this.post(path, body);
    if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  /** A namespace of a test's own, in which pods can be created. */
  async namespace(): Promise<string> {
    const { metadata } = await this.created('/api/v1/namespaces', {
      metadata: { generateName: 'conformance-' },
    });
    // A controller makes this one in a whole cluster; without it every pod is refused.
    const path = `/api/v1/namespaces/${metadata.name}/serviceaccounts`;
    const answer = await this.post(path, { metadata: { name: 'default' } });
    if (answer.status !== 201 && answer.status !== 409) throw new Error(`POST ${path}: ${answer.text}`);
    return metadata.name as string;
  }

  /** Opens a watch: `watch=true` is added. The stream ends when it is disposed. */
  async watch(path: string, settings: RequestSettings = {}): Promise<WatchStream> {
    const url = `${path}${path.includes('?') ? '&' : '?'}watch=true`;
    return new WatchStream(await this.#send('GET', url, undefined, settings));
  }

  close(): void {
    this.#agents.own.destroy();
    this.#agents.anonymous.destroy();
  }

  #send(method: string, path: string, body: unknown, settings: RequestSettings): Promise<IncomingMessage> {
    const { credentials, url } = this.#target;
    const token = settings.token === undefined && 'token' in credentials ? credentials.token : settings.token;
    const asIs = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
    const payload = asIs ? body : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      agent: settings.token === undefined ? this.#agents.own : this.#agents.anonymous,
      headers: {
        accept: settings.accept ?? 'application/json',
        ...(payload === undefined
          ? {}
          : {
              'content-type': settings.contentType ?? 'application/json',
              'content-length': Buffer.byteLength(payload),
            }),
        ...(settings.as === undefined
          ? {}
          : { 'impersonate-user': settings.as.user, 'impersonate-group': [...(settings.as.groups ?? [])] }),
        ...(typeof token === 'string' ? { authorization: `Bearer ${token}` } : {}),
      },
    };
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(new URL(path, url), options, resolve);
      request.on('error', reject);
      request.end(payload);
    });
  }
}
