import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY_LIMITS, nextDelay, retryAfterSeconds, type FailedTry } from './retry-schedule.js';

const failed = (status: number | undefined, triesBefore = 0, more: Partial<FailedTry> = {}): FailedTry => ({
  triesBefore,
  status,
  retryAfterSeconds: undefined,
  decided: false,
  ...more,
});
const delay = (one: FailedTry): number | undefined => nextDelay(one, DEFAULT_RETRY_LIMITS, 0.5);

describe('nextDelay', () => {
  it.each([404, 408, 410, 429, 500, 502, 503, 504, undefined])('tries again after %s', (status) => {
    expect(delay(failed(status))).toBeGreaterThan(0);
  });

  it.each([301, 400, 401, 403, 405])('does not after %s', (status) => {
    expect(delay(failed(status))).toBeUndefined();
  });

  it('takes the 404 of NMI, which gives a reason, for a decision', () => {
    expect(delay(failed(404, 0, { decided: true }))).toBeUndefined();
    expect(delay(failed(503, 0, { decided: true }))).toBeDefined();
  });

  it('doubles, and makes five tries in all', () => {
    expect([0, 1, 2, 3, 4].map((tries) => delay(failed(500, tries)))).toEqual([
      800,
      1600,
      3200,
      6400,
      undefined,
    ]);
  });

  it('allows an upgrade of IMDS (410) more than 70 seconds', () => {
    const sum = [0, 1, 2, 3].reduce((total, tries) => total + delay(failed(410, tries))!, 0);
    expect(sum).toBeGreaterThan(70_000);
  });

  it('never waits less than Retry-After, and gives up where that is too long', () => {
    fc.assert(
      fc.property(
        fc.nat(3),
        fc.nat(200),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (tries, seconds, random) => {
          const ms = nextDelay(
            failed(429, tries, { retryAfterSeconds: seconds }),
            DEFAULT_RETRY_LIMITS,
            random,
          );
          return seconds > 60 ? ms === undefined : ms !== undefined && ms >= seconds * 1000 && ms <= 60_000;
        },
      ),
    );
  });
});

describe('retryAfterSeconds', () => {
  it('reads seconds and dates', () => {
    expect(retryAfterSeconds('20', 0)).toBe(20);
    expect(retryAfterSeconds('Thu, 01 Jan 1970 00:01:00 GMT', 29_500)).toBe(31);
    expect(retryAfterSeconds('Thu, 01 Jan 1970 00:01:00 GMT', 90_000)).toBe(0);
  });

  it('is undefined for anything else', () => {
    expect([undefined, '', 'soon', '-'].map((header) => retryAfterSeconds(header, 0))).toEqual(
      Array(4).fill(undefined),
    );
  });
});
