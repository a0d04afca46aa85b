import { describe, expect, it } from 'vitest';
import { perTurn } from './per-turn.js';

describe('perTurn', () => {
  it('hands over at the end of a turn what came in it, in order, and begins anew', async () => {
    const handedOver: (readonly number[])[] = [];
    const add = perTurn<number>(4, (items) => handedOver.push(items));
    add(1);
    add(2);
    await Promise.resolve();
    add(3);
    expect(handedOver).toEqual([]);
    await new Promise(setImmediate);
    expect(handedOver).toEqual([[1, 2, 3]]);
    add(4);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(handedOver).toEqual([[1, 2, 3], [4]]);
  });

  it('takes what comes while it hands over for the next turn', () => {
    const turns: (() => void)[] = [];
    const handedOver: (readonly number[])[] = [];
    const add = perTurn<number>(
      4,
      (items) => {
        handedOver.push(items);
        if (items.includes(1)) add(2);
      },
      (run) => turns.push(run),
    );
    add(1);
    turns[0]?.();
    expect([handedOver, turns.length]).toEqual([[[1]], 2]);
    turns[1]?.();
    expect(handedOver).toEqual([[1], [2]]);
  });

  it('hands over at once when it is as much as it may be', async () => {
    const handedOver: (readonly number[])[] = [];
    const add = perTurn<number>(2, (items) => handedOver.push(items));
    for (const item of [1, 2, 3, 4, 5]) add(item);
    expect(handedOver).toEqual([
      [1, 2],
      [3, 4],
    ]);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(handedOver).toEqual([[1, 2], [3, 4], [5]]);
  });
});
