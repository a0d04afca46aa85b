import { expect, it } from 'vitest';
import { runLimited } from './run-limited.js';

it('runs all, a few at once, and returns what failed in order', async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  const errors = await runLimited([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    if (item % 2 === 0) throw new Error(`no ${item}`);
    done.push(item);
  });
  expect([most, done, errors.map(String)]).toEqual([2, [1, 3, 5], ['Error: no 2', 'Error: no 4']]);
});

it('bears having nothing to do', async () => {
  expect(await runLimited([], 5, () => Promise.reject(new Error('never')))).toEqual([]);
});
