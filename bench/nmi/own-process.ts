/**
 * A process of its own that serves calls: what is measured must not share a thread with what measures it.
 *
 * @module
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Calls by name, each with one argument that can be sent to another process, as its answer can. */
type Calls = Readonly<Record<string, (argument: never) => unknown>>;

interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

type Reply = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

/** The other side of {@link serveCalls}. */
export class OwnProcess<Served extends Calls> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, (reply: Reply) => void>();
  #calls = 0;

  /** @param file - a file that calls `serveCalls` */
  constructor(file: URL) {
    this.#child = fork(fileURLToPath(file));
    this.#child.on('message', (reply: Reply) => {
      this.#open.get(reply.id)?.(reply);
      this.#open.delete(reply.id);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Calls it there. */
  call<Name extends keyof Served & string>(
    name: Name,
    argument: Parameters<Served[Name]>[0],
  ): Promise<Awaited<ReturnType<Served[Name]>>> {
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#open.set(id, (reply) => {
        if ('error' in reply) reject(new Error(reply.error));
        else resolve(reply.value as Awaited<ReturnType<Served[Name]>>);
      });
      this.#child.send({ id, name, argument } satisfies Call);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill();
    await exited;
  }
}

/** Serves calls of the process that started this one, until that one ends. */
export function serveCalls(calls: Calls): void {
  process.on('disconnect', () => process.exit());
  process.on('message', ({ id, name, argument }: Call) => {
    const call = calls[name] as ((argument: unknown) => unknown) | undefined;
    Promise.resolve()
      .then(() => call?.(argument))
      .then((value): Reply => ({ id, value }))
      .catch((error: unknown): Reply => ({ id, error: error instanceof Error ? error.message : 'failed' }))
      .then((reply) => process.send?.(reply))
      .catch(() => process.exit(1));
  });
}
