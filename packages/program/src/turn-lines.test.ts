import { describe, expect, it } from 'vitest';
import { turnLines } from './turn-lines.js';

function writing() {
  const written: string[] = [];
  let exit: () => void = () => undefined;
  const line = turnLines({ write: (text) => written.push(text) }, (last) => (exit = last));
  return { written, line, exit: () => exit() };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('turnLines', () => {
  it('writes the lines of one turn of the event loop at once, in order', async () => {
    const { written, line } = writing();
    line('a\n');
    await Promise.resolve();
    line('b\n');
    await turn();
    line('c\n');
    await turn();
    await turn();
    expect(written).toEqual(['a\nb\n', 'c\n']);
  });

  it('writes what is left when the process exits, and writes nothing twice', async () => {
    const { written, line, exit } = writing();
    line('last\n');
    exit();
    await turn();
    expect(written).toEqual(['last\n']);
  });
});
