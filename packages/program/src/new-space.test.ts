import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const execute = promisify(execFile);
const source = new URL('./index.ts', import.meta.url).href;

/** What the space for new objects has room for, in a process of its own: at first, after much work, and at rest again. */
async function rooms(): Promise<readonly number[]> {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { growWhenBusy, keepNewSpaceSmall } from ${JSON.stringify(source)};
    const now = () => {
      const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
      return space.space_used_size + space.space_available_size;
    };
    // Some V8 count pages that come and go; the least of many looks, between them much work, is what it has.
    const room = async () => {
      let least = Infinity;
      for (let look = 0; look < 20; look++) {
        const kept = [];
        for (const turn = performance.now() + 25; performance.now() < turn; ) kept.push({});
        await new Promise(setImmediate);
        least = Math.min(least, now());
      }
      return least;
    };
    const rest = async () => {
      for (let i = 0; i < 50 && now() > 1.5e6; i++) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        gc();
      }
    };
    keepNewSpaceSmall();
    await rest();
    const rooms = [now()];
    growWhenBusy();
    for (const end = performance.now() + 20_000; performance.now() < end && (await room()) < 3.5e6; );
    rooms.push(await room(), await room(), await room());
    await rest();
    console.log(JSON.stringify([...rooms, now()]));`;
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
    const [first = 0, ...others] = await rooms();
    const rested = others.pop();
    expect(first).toBeLessThan(1.5e6);
    for (const busy of others) {
      expect(busy).toBeGreaterThan(3.5e6);
      expect(busy).toBeLessThanOrEqual(4 * 2 ** 20);
    }
    expect(rested).toBeLessThan(1.5e6);
  }, 60_000);
});
