import { beforeAll, describe, expect, it } from 'vitest';
import { shippedCrds } from '../shipped-crds.js';
import { play } from './episode.js';
import { storyOf } from './story/generate.js';

let crds: object[];
beforeAll(async () => {
  crds = await shippedCrds();
});

describe('an episode', () => {
  it('is the same each time it is played, to the last request', async () => {
    const first = await play(storyOf(8, 60), crds);
    const second = await play(storyOf(8, 60), crds);
    expect(first.violation).toBeUndefined();
    expect(second.digest).toBe(first.digest);
    expect(second.virtualMs).toBe(first.virtualMs);
  });

  it('is another one with another seed', async () => {
    const [first, second] = [await play(storyOf(8, 10), crds), await play(storyOf(9, 10), crds)];
    expect(second.digest).not.toBe(first.digest);
  });

  it('can be played from a list of steps that went through JSON', async () => {
    const story = storyOf(8, 60);
    const again = JSON.parse(JSON.stringify(story)) as typeof story;
    expect((await play(again, crds)).digest).toBe((await play(story, crds)).digest);
  });
});
