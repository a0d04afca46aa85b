import type { Connection } from '@aad-pod-identity/kubernetes';

/** Requests that are sent at the same time, at most. */
const width = 12;

/** The API server, as an administrator uses it. */
export class ClusterApi {
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** @returns what the server made of it */
  create(path: string, object: object): Promise<Readonly<Record<string, unknown>>> {
    return this.#send('POST', path, object);
  }

  /** Merges these fields into the status. */
  async setStatus(path: string, status: object): Promise<void> {
    await this.#send('PATCH', `${path}/status`, status);
  }

  /** @param gracePeriodSeconds - 0 where the kubelet confirms that the containers are gone */
  async delete(path: string, gracePeriodSeconds?: number): Promise<void> {
    await this.#send('DELETE', path, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds });
  }

  async #send(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body: object,
  ): Promise<Readonly<Record<string, unknown>>> {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await this.connection.request({ method, path, body, contentType });
    const answer = (await response.json()) as Readonly<Record<string, unknown>>;
    if (response.status < 300) return answer;
    throw new Error(`${method} ${path}: ${response.status} ${String(answer['message'])}`);
  }
}

/** Does it for 0 to `count`, a few at the same time. */
export async function forEach(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
