import type { WiredProcess } from '../world/wired-process.js';
import type { Scene } from './scene.js';

const windowMs = 10_000;
const mostInWindow = 1_500;

/** A process that goes round in circles asks the API server all the time. */
export class RequestRateRules {
  readonly #scene: Scene;
  readonly #windows = new Map<string, { since: number; count: number }>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  sent({ name, life }: WiredProcess): void {
    const now = life.monotonic();
    let window = this.#windows.get(name);
    if (window === undefined || now - window.since > windowMs)
      this.#windows.set(name, (window = { since: now, count: 0 }));
    if (++window.count > mostInWindow)
      this.#scene.report('nothing goes round in circles', `${name} sends ${mostInWindow} requests in 10 s`);
  }

  ended({ name }: WiredProcess): void {
    this.#windows.delete(name);
  }
}
