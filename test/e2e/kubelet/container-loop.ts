/**
 * One container of a pod: started, probed, started again.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerEnd, ContainerProcess } from './container-process.js';
import type { Container, Probe } from './pod.js';
import { runProbe } from './probe.js';

/** What the API shows of a container. */
export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message: string }
  | { readonly kind: 'running'; readonly startedAt: string }
  | { readonly kind: 'terminated'; readonly end: ContainerEnd; readonly finishedAt: string };

/** What a container is run with. */
export interface ContainerLoopOptions {
  readonly container: Container;
  /** Of the pod. */
  readonly address: string;
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  /** Starts it once more; rejects where that is not possible now. */
  readonly start: () => Promise<ContainerProcess>;
  /** Something has changed that the API shows. */
  readonly changed: () => void;
}

const longestBackoffMs = 10_000;

/** Keeps a container running. */
export class ContainerLoop {
  readonly container: Container;
  readonly #options: ContainerLoopOptions;
  readonly #stop = new AbortController();
  #process: ContainerProcess | undefined;
  state: ContainerState = { kind: 'waiting', reason: 'ContainerCreating', message: '' };
  ready = false;
  restarts = 0;

  constructor(options: ContainerLoopOptions) {
    this.#options = options;
    this.container = options.container;
  }

  /** The program that runs; `undefined` between two. */
  get process(): ContainerProcess | undefined {
    return this.#process;
  }

  /** Runs until the container has ended for good; resolves with how. */
  async run(): Promise<ContainerEnd | undefined> {
    const { restartPolicy } = this.#options;
    let end: ContainerEnd | undefined;
    for (let failures = 0; !this.#stop.signal.aborted;) {
      const started = performance.now();
      end = await this.#once();
      if (this.#stop.signal.aborted) break;
      const again = restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && end?.exitCode !== 0);
      if (end !== undefined && !again) break;
      failures = performance.now() - started > 60_000 ? 0 : failures + 1;
      // The first one comes at once; a real kubelet waits ten seconds for the second, and twice as long for each one after it.
      const wait = failures <= 1 ? 100 : Math.min(1000 * 2 ** (failures - 2), longestBackoffMs);
      await delay(wait, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      if (end !== undefined) this.restarts++;
    }
    return end;
  }

  /** Asks it to stop, and ends it after the grace period. Resolves when nothing of it runs any more. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    await this.#endProcess(graceMs);
  }

  async #endProcess(graceMs: number): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    running.kill('SIGTERM');
    const over = new AbortController();
    const kill = delay(graceMs, undefined, { signal: over.signal }).then(
      () => running.kill('SIGKILL'),
      () => undefined,
    );
    await running.ended;
    over.abort();
    await kill;
  }

  async #once(): Promise<ContainerEnd | undefined> {
    const { start, changed } = this.#options;
    let running: ContainerProcess;
    try {
      running = await start();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#become({ kind: 'waiting', reason: 'CreateContainerError', message }, false);
      return undefined;
    }
    this.#process = running;
    if (this.#stop.signal.aborted) running.kill('SIGKILL');
    const probes = new AbortController();
    const { startupProbe, readinessProbe, livenessProbe } = this.container;
    this.#become(
      { kind: 'running', startedAt: now() },
      readinessProbe === undefined && startupProbe === undefined,
    );
    void (async () => {
      if (startupProbe !== undefined) await this.#passed(startupProbe, probes.signal);
      if (probes.signal.aborted) return;
      this.#probe(readinessProbe, probes.signal, (succeeds) => {
        this.ready = succeeds;
        changed();
      });
      this.#probe(livenessProbe, probes.signal, (succeeds) => {
        if (!succeeds) void this.#endProcess(30_000);
      });
      if (readinessProbe === undefined && !this.ready) {
        this.ready = true;
        changed();
      }
    })();
    const end = await running.ended;
    probes.abort();
    this.#process = undefined;
    this.#become({ kind: 'terminated', end, finishedAt: now() }, false);
    return end;
  }

  #probe(probe: Probe | undefined, signal: AbortSignal, onResult: (succeeds: boolean) => void): void {
    if (probe !== undefined) void runProbe(probe, this.container, this.#options.address, onResult, signal);
  }

  async #passed(probe: Probe, signal: AbortSignal): Promise<void> {
    const passed = new AbortController();
    await runProbe(
      probe,
      this.container,
      this.#options.address,
      (succeeds) => {
        if (succeeds) passed.abort();
        else void this.#endProcess(30_000);
      },
      AbortSignal.any([signal, passed.signal]),
    );
  }

  #become(state: ContainerState, ready: boolean): void {
    this.state = state;
    this.ready = ready;
    this.#options.changed();
  }
}

function now(): string {
  return new Date().toISOString();
}
