import { VirtualClock } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { turnLines } from './turn-lines.js';

function writing() {
  const written: string[] = [];
  let exit: () => void = () => undefined;
  const clock = new VirtualClock();
  const line = turnLines(
    { write: (bytes) => written.push(Buffer.from(bytes).toString()) },
    clock,
    (last) => (exit = last),
  );
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

  it('does not gather more than 64 KB, and loses no byte of a line that may not fit', async () => {
    const { written, line } = writing();
    line('first\n');
    await turn();
    const lines = Array.from({ length: 200 }, (_, i) => `${i} ${'äß€😀'.repeat(50)}\n`);
    for (const each of lines) line(each);
    line(`${'€'.repeat(30_000)}\n`);
    line('last\n');
    await turn();
    await turn();
    const most = Math.max(...written.slice(0, -2).map((text) => Buffer.byteLength(text)));
    expect(most).toBeGreaterThan(60_000);
    expect(most).toBeLessThanOrEqual(65_536);
    expect(written.join('')).toBe(`first\n${lines.join('')}${'€'.repeat(30_000)}\n`);
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
