import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const execute = promisify(execFile);
const source = new URL('./index.ts', import.meta.url).href;

/** Bytes of the space for new objects of a process of its own: at first, after much work, and at rest again. */
async function sizes(): Promise<readonly number[]> {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { growWhenBusy, keepNewSpaceSmall } from ${JSON.stringify(source)};
    keepNewSpaceSmall();
    const size = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size;
    const rest = async () => {
      for (let i = 0; i < 50 && size() > 4e6; i++) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        gc();
      }
    };
    await rest();
    const sizes = [size()];
    growWhenBusy();
    for (const end = performance.now() + 20_000; performance.now() < end && size() < 4e6; ) {
      const kept = [];
      for (const turn = performance.now() + 50; performance.now() < turn; ) kept.push({});
      await new Promise(setImmediate);
    }
    sizes.push(size());
    for (const turn = performance.now() + 1_000; performance.now() < turn; ) Array.from({ length: 1_000 }, () => ({}));
    sizes.push(size());
    await rest();
    console.log(JSON.stringify([...sizes, size()]));`;
  const flags = [
    '--expose-gc',
    '--conditions=@aad-pod-identity/source',
    '--import',
    'tsx',
    '--input-type=module',
  ];
  const { stdout } = await execute(process.execPath, [...flags, '-e', script]);
  return JSON.parse(stdout) as number[];
}

describe('the space for new objects', () => {
  it('is small, grows in one step in a time of much work, no further, and is small again at rest', async () => {
    const [first = 0, busy = 0, later = 0, rested = 0] = await sizes();
    expect(first).toBeLessThan(4 * 2 ** 20);
    expect(busy).toBe(8 * 2 ** 20);
    expect(later).toBe(8 * 2 ** 20);
    expect(rested).toBeLessThan(4 * 2 ** 20);
  }, 60_000);
});
