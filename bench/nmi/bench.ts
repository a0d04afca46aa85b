import type { Bench } from '../table.js';
import { cachedToken } from './cached-token.js';
import { denial } from './denial.js';
import { memory } from './memory.js';
import { programStart } from './program-start.js';
import { startingPods } from './starting-pods.js';
import { waitingRequest } from './waiting-request.js';

/** `npm run bench -- nmi`: what a request, a node that starts and NMI itself cost. Linux only; takes five minutes. */
export const bench: Bench = {
  run: async () => [
    await cachedToken(),
    await startingPods(),
    await waitingRequest(),
    ...(await denial()),
    await memory(),
    await programStart(),
  ],
};
