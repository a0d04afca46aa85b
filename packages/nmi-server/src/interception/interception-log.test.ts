import { VirtualClock } from '@aad-pod-identity/core';
import { createLogger } from '@aad-pod-identity/program';
import { describe, expect, it } from 'vitest';
import { InterceptionLog } from './interception-log.js';

function setUp() {
  const clock = new VirtualClock();
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({
    program: 'nmi',
    format: 'json',
    verbosity: 0,
    write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  return { clock, lines, log: new InterceptionLog(logger, clock, 'requests are redirected') };
}

describe('InterceptionLog', () => {
  it('counts repairs instead of telling each', async () => {
    const { clock, lines, log } = setUp();
    log.tell({ kind: 'in-place', defect: 'the chain aad-metadata is missing' });
    for (let repair = 0; repair < 120; repair++) {
      log.tell({ kind: 'in-place', defect: 'PREROUTING does not jump', by: 'flusher' });
      await clock.advance(1_000);
    }
    log.tell({ kind: 'in-place', defect: 'PREROUTING does not jump', by: 'flusher' });
    expect(lines.map(({ repairs, changedBy }) => [repairs, changedBy])).toEqual([
      [undefined, undefined],
      [1, 'flusher'],
      [60, 'flusher'],
      [60, 'flusher'],
    ]);
  });

  it('tells the same failure once a minute, another one at once', async () => {
    const { clock, lines, log } = setUp();
    for (let attempt = 0; attempt < 31; attempt++) {
      log.tell({ kind: 'failed', error: new Error('no iptables') });
      log.tell({ kind: 'unheard', reason: 'no monitor' });
      await clock.advance(2_000);
    }
    log.tell({ kind: 'failed', error: new Error('locked') });
    const said = lines.map(({ msg }) => String(msg));
    expect(said.filter((line) => line.includes('no iptables'))).toHaveLength(2);
    expect(said.filter((line) => line.includes('no monitor'))).toHaveLength(2);
    expect(said.at(-1)).toContain('locked');
  });
});
