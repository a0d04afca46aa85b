import type { Step } from './story/actions.js';
import type { Story } from './story/generate.js';

/**
 * Drops steps for as long as the story still fails: large pieces first, then single ones.
 *
 * @param fails - whether a story fails in the same way
 * @param budget - how many stories are tried at most
 */
export async function shrink(
  story: Story,
  fails: (story: Story) => Promise<boolean>,
  budget: number,
): Promise<Story> {
  let steps: readonly Step[] = story.steps;
  let left = budget;
  const stillFails = async (candidate: readonly Step[]): Promise<boolean> =>
    left-- > 0 && (await fails({ ...story, steps: candidate }));
  for (let size = Math.ceil(steps.length / 2); size >= 1 && left > 0;) {
    let dropped = false;
    // From the end: what comes late depends on what came early.
    for (let from = steps.length - size; from > -size && left > 0; from -= size) {
      const start = Math.max(0, from);
      const candidate = [...steps.slice(0, start), ...steps.slice(Math.max(start, from + size))];
      if (candidate.length < steps.length && (await stillFails(candidate))) {
        steps = candidate;
        dropped = true;
      }
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!dropped) break;
  }
  return { ...story, steps };
}
