import { VirtualClock } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { turnLines } from './turn-lines.js';

function writing() {
  const written: string[] = [];
  let exit: () => void = () => undefined;
  const clock = new VirtualClock();
  const line = turnLines({ write: (text) => written.push(text) }, clock, (last) => (exit = last));
  return { written, line, clock, exit: () => exit() };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('turnLines', () => {
  it('writes the lines of one turn of the event loop at once, in order', async () => {
    const { written, line, clock } = writing();
    line('a\n');
    await Promise.resolve();
    line('b\n');
    await turn();
    await clock.advance(10);
    line('c\n');
    await turn();
    await turn();
    expect(written).toEqual(['a\nb\n', 'c\n']);
  });

  it('writes once in 10 ms where lines come all the time', async () => {
    const { written, line, clock } = writing();
    line('0\n');
    await turn();
    for (let i = 1; i <= 20; i++) {
      line(`${i}\n`);
      await turn();
      await clock.advance(1);
    }
    expect(written.map((text) => text.split('\n').length - 1)).toEqual([1, 10, 10]);
    expect(written.join('')).toBe(Array.from({ length: 21 }, (_, i) => `${i}\n`).join(''));
  });

  it('does not gather more than 64 KB', async () => {
    const { written, line } = writing();
    line('first\n');
    await turn();
    for (let i = 0; i < 100; i++) line(`${'x'.repeat(1_023)}\n`);
    expect(written.map((text) => text.length)).toEqual([6, 65_536]);
  });

  it('writes what is left when the process exits, and writes nothing twice', async () => {
    const { written, line, clock, exit } = writing();
    line('last\n');
    exit();
    await turn();
    line('very last\n');
    exit();
    await clock.advance(100);
    expect(written).toEqual(['last\n', 'very last\n']);
  });
});
