import { describe, expect, it } from 'vitest';
import { FailureStreak } from './failure-streak.js';
import { KubernetesError, type KubernetesErrorCode } from './kubernetes-error.js';

const counts = (...codes: (KubernetesErrorCode | 'end')[]): number[] => {
  const streak = new FailureStreak();
  return codes.flatMap((code) => {
    if (code !== 'end') return [streak.add(new KubernetesError(code, code))];
    streak.end();
    return [];
  });
};

describe('failures in a row', () => {
  it('begin anew with the first answer of a server that was away', () => {
    expect(counts('network', 'timeout', 'unavailable', 'too-many-requests', 'gone', 'internal')).toEqual([
      1, 2, 3, 1, 2, 3,
    ]);
  });

  it('go on where the server comes and goes', () => {
    expect(counts('network', 'network', 'internal', 'network', 'internal', 'network')).toEqual([
      1, 2, 1, 2, 3, 4,
    ]);
  });

  it('end when all is well, and may then begin anew again', () => {
    expect(counts('network', 'gone', 'network', 'end', 'network', 'network', 'gone')).toEqual([
      1, 1, 2, 1, 2, 1,
    ]);
  });
});
