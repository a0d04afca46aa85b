import type { Connection } from '@aad-pod-identity/kubernetes';
import { eventually } from '../../test/eventually.js';

const path = '/apis/aadpodidentity.k8s.io/v1/azureassignedidentities';

/** A change of an AzureAssignedIdentity, as it was seen. */
export interface SeenAssignment {
  readonly pod: string;
  /** `Created`, `Assigned`, `Unassigned`; `undefined` where the object is gone. */
  readonly status: string | undefined;
  /** `performance.now()` when it was seen. */
  readonly at: number;
}

/**
 * Watches what MIC writes, as cheaply as can be: whoever measures two programs on two cores must not be a third one of
 * weight.
 */
export class AssignedWatch {
  /** By pod. */
  readonly #status = new Map<string, string>();
  readonly #listeners = new Set<(seen: SeenAssignment) => void>();

  /** Begins with what is there; runs until `signal` aborts. */
  async start(connection: Connection, signal: AbortSignal): Promise<void> {
    const { items, metadata } = await eventually('the list of assignments', async () => {
      const answer = await connection.request({ method: 'GET', path, timeoutMs: 120_000 });
      const list = (await answer.json()) as { items: AssignedJson[]; metadata: { resourceVersion: string } };
      // A server that has only just learnt of a kind answers 429.
      return answer.status === 200 ? list : undefined;
    });
    for (const { spec, status } of items) this.#see('ADDED', spec.pod, status.status);
    void this.#follow(connection, metadata.resourceVersion, signal);
  }

  /** How many are in a state. */
  count(status: string): number {
    let count = 0;
    for (const one of this.#status.values()) if (one === status) count++;
    return count;
  }

  /** Resolves when the object of a pod is first seen in a state, from now on. */
  next(pod: string, status: string): Promise<SeenAssignment> {
    return new Promise((resolve) => {
      const stop = this.subscribe((seen) => {
        if (seen.pod !== pod || seen.status !== status) return;
        stop();
        resolve(seen);
      });
    });
  }

  /** Calls `listener` with each change. @returns the function that ends that */
  subscribe(listener: (seen: SeenAssignment) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A server ends the watch of one who reads too slowly: then it goes on where it was. */
  async #follow(connection: Connection, from: string, signal: AbortSignal): Promise<void> {
    let resourceVersion = from;
    while (!signal.aborted) {
      let last: string | undefined;
      try {
        const query = { watch: true, resourceVersion, timeoutSeconds: 3_600 };
        const response = await connection.request({ method: 'GET', path, query, signal });
        for await (const line of response.lines()) {
          last = line;
          this.#read(line);
        }
        if (last === undefined) throw new Error('the watch of the bench ended');
        resourceVersion = (JSON.parse(last) as { object: AssignedJson }).object.metadata.resourceVersion;
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  /** What it says of interest, without the rest of its some thousand characters. */
  #read(line: string): void {
    const type = /"type":"(ADDED|MODIFIED|DELETED)"/.exec(line)?.[1];
    const pod = /"pod":"([^"]+)"/.exec(line)?.[1];
    const status = /"status":"(Created|Assigned|Unassigned)"/.exec(line)?.[1];
    if (type === undefined || pod === undefined || status === undefined)
      throw new Error(`the watch of the bench failed: ${line}`);
    this.#see(type, pod, status);
  }

  #see(type: string, pod: string, status: string): void {
    if (type === 'DELETED') this.#status.delete(pod);
    else this.#status.set(pod, status);
    const seen = { pod, status: type === 'DELETED' ? undefined : status, at: performance.now() };
    for (const listener of [...this.#listeners]) listener(seen);
  }
}

interface AssignedJson {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec: { readonly pod: string };
  readonly status: { readonly status: string };
}
