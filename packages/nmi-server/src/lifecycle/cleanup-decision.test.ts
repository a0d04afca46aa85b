import { describe, expect, it } from 'vitest';
import { decideCleanup, type CleanupMode, type DaemonSetState } from './cleanup-decision.js';

const present: DaemonSetState = { kind: 'present' };
const beingDeleted: DaemonSetState = { kind: 'being-deleted' };
const gone: DaemonSetState = { kind: 'gone' };
const unknown: DaemonSetState = { kind: 'unknown', why: 'the API server cannot be reached' };
const states = [present, beingDeleted, gone, unknown];

describe('decideCleanup', () => {
  it.each<[string, DaemonSetState, DaemonSetState, boolean]>([
    ['a restart or an upgrade keeps', present, present, false],
    ['a deletion in the background removes', gone, gone, true],
    ['a deletion in the foreground removes', beingDeleted, beingDeleted, true],
    ['a deletion that the watch has not told of yet removes', present, gone, true],
    ['one deleted and created again keeps', gone, present, false],
    ['a deletion that was seen before NMI lost its permissions removes', gone, unknown, true],
    ['and one that had begun', beingDeleted, unknown, true],
    ['an API server that is gone keeps', present, unknown, false],
    ['nothing known keeps', unknown, unknown, false],
    ['a first answer counts where the watch has brought nothing', unknown, gone, true],
  ])('auto: %s', (_, watched, asked, remove) => {
    const decision = decideCleanup('auto', watched, asked);
    expect(decision.remove).toBe(remove);
    expect(decision.because).not.toBe('');
  });

  it.each<[CleanupMode, boolean]>([
    ['always', true],
    ['never', false],
  ])('%s asks for nothing: %s', (mode, remove) => {
    for (const watched of states)
      for (const asked of states) expect(decideCleanup(mode, watched, asked).remove).toBe(remove);
  });
});
