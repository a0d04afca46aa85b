/** A process that plays the episodes that its parent asks for, one after the other. */
import { shippedCrds } from '../shipped-crds.js';
import type { Order } from './campaign.js';
import { play } from './episode.js';
import { storyOf } from './story/generate.js';

const crds = await shippedCrds();
process.on('message', ({ seed, steps }: Order) => {
  void play(storyOf(seed, steps), crds).then((outcome) => {
    if (process.connected) process.send?.(outcome);
  });
});
process.send?.('ready');
