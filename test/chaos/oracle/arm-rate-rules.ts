import type { ArmAnswer, ArmRequest } from '../world/arm-wire.js';
import type { WiredProcess } from '../world/wired-process.js';
import { placeOf } from './arm-rules.js';
import { short, type Scene } from './scene.js';

/** docs/spec.md section 13. */
const limits = {
  GET: { perMinute: 12, burst: 36 },
  PATCH: { perMinute: 4, burst: 12 },
} as const;
/** Retries with growing delays cannot fail more often in a minute: 1 s, 2 s, 4 s, …, each at least half of that. */
const failuresPerMinute = 14;
const minute = 60_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** How often each process asks about each VM and scale set. */
export class ArmRateRules {
  readonly #scene: Scene;
  readonly #buckets = new Map<string, Bucket>();
  readonly #leftAloneUntil = new Map<string, number>();
  readonly #failures = new Map<string, number[]>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  sent(process: WiredProcess, request: ArmRequest): void {
    const place = placeOf(request);
    if (place === undefined) return;
    const now = this.#scene.now();
    const who = `${process.name} ${place}`;
    const { perMinute, burst } = limits[request.method];
    const key = `${request.method} ${who}`;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / minute) * perMinute) - 1;
    bucket.at = now;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < -0.01)
      this.#report(
        'within the limits of Azure',
        `${process.name} sends one ${request.method} too many to ${short(place)}`,
      );
    const until = this.#leftAloneUntil.get(who) ?? 0;
    if (now < until - 1)
      this.#report(
        'Retry-After is honoured',
        `${process.name} asks ${short(place)} ${until - now} ms too early`,
      );
  }

  answered(process: WiredProcess, request: ArmRequest, answer: ArmAnswer | undefined): void {
    const place = placeOf(request);
    if (place === undefined) return;
    const now = this.#scene.now();
    const who = `${process.name} ${place}`;
    if (answer?.status === 429) {
      const seconds = retryAfter(answer);
      if (seconds !== undefined) this.#leftAloneUntil.set(who, now + seconds * 1000);
    }
    const failed =
      answer === undefined || answer.status >= 500 || answer.status === 409 || answer.status === 401;
    if (!failed) return;
    const recent = [...(this.#failures.get(who) ?? []).filter((at) => now - at < minute), now];
    this.#failures.set(who, recent);
    if (recent.length > failuresPerMinute)
      this.#report(
        'delays grow between failures',
        `${recent.length} failures of ${process.name} at ${short(place)} in a minute`,
      );
  }

  ended(process: WiredProcess): void {
    for (const map of [this.#buckets, this.#leftAloneUntil, this.#failures] as Map<string, unknown>[])
      for (const key of map.keys()) if (key.includes(`${process.name} `)) map.delete(key);
  }

  #report(rule: string, message: string): void {
    this.#scene.report(rule, message);
  }
}

function retryAfter({ headers }: ArmAnswer): number | undefined {
  const milliseconds = headers['x-ms-retry-after-ms'];
  if (milliseconds !== undefined) return Number(milliseconds) / 1000;
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  return Math.max(0, Date.parse(value) - Date.parse(headers['date'] ?? '')) / 1000;
}
