import { describe, expect, it } from 'vitest';
import { decideException } from './exception.js';
import { exception, pod } from './testing/objects.js';

const both = exception({ name: 'both', podLabels: { app: 'mic', tier: 'system' } });
const caller = pod({ labels: { app: 'MIC', tier: 'user' } });

describe('decideException', () => {
  it('names the exception by which the original would have let the pod through', () => {
    expect(decideException(caller, [both], 'all')).toEqual({ excepted: undefined, formerly: both });
    expect(decideException(caller, [both], 'any')).toEqual({ excepted: both, formerly: undefined });
  });

  it('names the first by name, and none that no longer matters', () => {
    const exact = ['z', 'y'].map((name) => exception({ name, podLabels: { tier: 'user' } }));
    expect(decideException(caller, [both, ...exact], 'all')).toEqual({
      excepted: exact[1],
      formerly: undefined,
    });
  });

  it('does not take what every object has for a label', () => {
    const trick = exception({ podLabels: { constructor: 'x', toString: 'y' } });
    expect(decideException(pod(), [trick], 'any')).toEqual({ excepted: undefined, formerly: undefined });
  });
});
