import { describe, expect, it } from 'vitest';
import { ageSince, humanDuration } from './human-duration.js';

const [second, minute, hour, day] = [1, 60, 3600, 86_400] as const;

describe('humanDuration', () => {
  it.each([
    [-2 * second, '<invalid>'],
    [0, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [9 * minute + 59, '9m59s'],
    [10 * minute + 30, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 5 * minute, '7h5m'],
    [47 * hour, '47h'],
    [2 * day + hour, '2d1h'],
    [8 * day + hour, '8d'],
    [729 * day, '729d'],
    [730 * day + 3 * day, '2y3d'],
    [10 * 365 * day, '10y'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(humanDuration(seconds * 1000)).toBe(text);
  });

  it('of no time is unknown', () => {
    expect(ageSince(undefined, 0)).toBe('<unknown>');
    expect(ageSince('1970-01-01T00:00:00Z', 5000)).toBe('5s');
  });
});
