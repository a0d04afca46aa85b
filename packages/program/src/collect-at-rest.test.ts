import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { collectWhereItPays } from './collect-at-rest.js';

describe('collecting at rest', () => {
  const heap = { used: 20e6, busy: 0, grown: false, collections: 0 };
  const tick = collectWhereItPays({
    used: () => heap.used,
    utilization: () => heap.busy,
    grown: () => heap.grown,
    collect: () => {
      heap.collections++;
      heap.used = 10e6;
    },
  });
  const after = (used: number, busy: number): number => {
    Object.assign(heap, { used, busy });
    tick();
    return heap.collections;
  };

  it('happens where the process rests and holds more than is worth keeping, and not otherwise', () => {
    expect(after(20e6, 0.5)).toBe(0);
    expect(after(20e6, 0)).toBe(1);
    expect(after(11e6, 0)).toBe(1);
    expect(after(15e6, 0.5)).toBe(1);
    expect(after(15e6, 0)).toBe(2);
    heap.grown = true;
    expect(after(10e6, 0.5)).toBe(2);
    for (const collections of [3, 4, 5, 6, 7, 8, 8, 8]) expect(after(10e6, 0)).toBe(collections);
  });
});

interface Memory {
  readonly rss: number;
  readonly heapTotal: number;
  readonly heapUsed: number;
}

/** What a process of its own has whose heap is full of holes, before such a collection and after it. */
async function collected(): Promise<readonly [before: Memory, after: Memory]> {
  const script = `
    import { compactingCollection } from ${JSON.stringify(new URL('./collect-at-rest.ts', import.meta.url).href)};
    import { keepNewSpaceSmall } from ${JSON.stringify(new URL('./small-heap.ts', import.meta.url).href)};
    keepNewSpaceSmall();
    const collect = compactingCollection();
    let kept = [];
    for (let i = 0; i < 300_000; i++) kept.push({ i, text: 'text ' + i, list: [i, i + 1] });
    kept = kept.filter(({ i }) => i % 10 === 0);
    const before = process.memoryUsage();
    collect();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const after = process.memoryUsage();
    console.log(JSON.stringify([before, after, kept.length]));`;
  const flags = ['--conditions=@aad-pod-identity/source', '--import', 'tsx', '--input-type=module'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', script]);
  const [before, after] = JSON.parse(stdout) as [Memory, Memory];
  return [before, after];
}

describe('a collection at rest', () => {
  it('leaves no holes in the heap, and gives the system back what they took', async () => {
    const [before, after] = await collected();
    expect(before.heapTotal).toBeGreaterThan(after.heapUsed + 20e6);
    expect(after.heapTotal).toBeLessThan(after.heapUsed + 8e6);
    expect(after.rss).toBeLessThan(before.rss - 15e6);
  }, 60_000);
});
