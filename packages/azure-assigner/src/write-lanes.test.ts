import { describe, expect, it } from 'vitest';
import { WriteLanes, type Urgency, type WriteLane } from './write-lanes.js';

/** Lanes of which everything that runs is ended by hand. */
function made(most: number) {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const lanes = new WriteLanes(most);
  const add = (lane: WriteLane, urgency: Urgency, name: string, fails = false): Promise<void> =>
    lane.run(urgency, async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (fails) throw new Error(name);
    });
  const endOne = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { lanes, begun, add, endOne };
}

describe('WriteLanes', () => {
  it('runs so many at once, in order, and goes on after a failure', async () => {
    const { lanes, begun, add, endOne } = made(2);
    const lane = lanes.open();
    const first = add(lane, 'serving', 'a', true);
    const others = ['b', 'c', 'd'].map((name) => add(lane, 'serving', name));
    expect(begun).toEqual(['a', 'b']);
    const failed = expect(first).rejects.toThrow('a');
    await endOne();
    await failed;
    expect(begun).toEqual(['a', 'b', 'c']);
    for (let left = 3; left > 0; left--) await endOne();
    await Promise.all(others);
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('begins what is urgent first, whichever lane it is in', async () => {
    const { lanes, begun, add, endOne } = made(1);
    const [early, late] = [lanes.open(), lanes.open()];
    const all = [
      add(early, 'telling', 'running'),
      add(early, 'telling', 'tells'),
      add(late, 'serving', 'serves'),
      add(late, 'blocking', 'blocks'),
    ];
    for (const _ of all) await endOne();
    await Promise.all(all);
    expect(begun).toEqual(['running', 'blocks', 'serves', 'tells']);
  });

  it('begins equally urgent ones lane by lane', async () => {
    const { lanes, begun, add, endOne } = made(1);
    const [early, late] = [lanes.open(), lanes.open()];
    const all = [
      add(late, 'serving', 'late 1'),
      add(late, 'serving', 'late 2'),
      add(early, 'serving', 'early 1'),
      add(late, 'serving', 'late 3'),
      add(early, 'serving', 'early 2'),
    ];
    for (const _ of all) await endOne();
    await Promise.all(all);
    expect(begun).toEqual(['late 1', 'early 1', 'early 2', 'late 2', 'late 3']);
  });
});
