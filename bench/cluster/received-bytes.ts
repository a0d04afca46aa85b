import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** More often than a connection can come, be used and go. */
const everyMs = 2_000;

/** Counts the bytes that processes get from a port of this machine, over connections that come and go meanwhile. */
export class ReceivedBytes {
  readonly #port: string;
  /** By process and local port: bytes when it was first seen, and when it was last seen. */
  readonly #connections = new Map<string, { readonly pid: number; readonly first: number; last: number }>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(port: string) {
    this.#port = port;
  }

  static async start(port: string): Promise<ReceivedBytes> {
    const counter = new ReceivedBytes(port);
    await counter.#look(true);
    counter.#timer = setInterval(() => void counter.#look(false), everyMs);
    return counter;
  }

  /** Ends counting. @returns the bytes by process */
  async stop(): Promise<ReadonlyMap<number, number>> {
    clearInterval(this.#timer);
    await this.#look(false);
    const bytes = new Map<number, number>();
    for (const { pid, first, last } of this.#connections.values())
      bytes.set(pid, (bytes.get(pid) ?? 0) + last - first);
    return bytes;
  }

  async #look(first: boolean): Promise<void> {
    const { stdout } = await promisify(execFile)('ss', ['-tinpHO', 'dport', '=', `:${this.#port}`]);
    for (const line of stdout.split('\n')) {
      const [, local = '', pid = ''] = /:(\d+)\s+\S+:\d+\s.*pid=(\d+)/.exec(line) ?? [];
      if (pid === '') continue;
      const received = Number(/bytes_received:(\d+)/.exec(line)?.[1] ?? 0);
      const known = this.#connections.get(`${pid} ${local}`);
      if (known !== undefined) known.last = received;
      else
        this.#connections.set(`${pid} ${local}`, {
          pid: Number(pid),
          first: first ? received : 0,
          last: received,
        });
    }
  }
}
