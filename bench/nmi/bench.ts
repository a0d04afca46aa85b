import type { Bench, Table } from '../table.js';
import { cachedToken } from './cached-token.js';
import { denial } from './denial.js';
import { memory } from './memory.js';
import { programStart } from './program-start.js';
import { startingPods } from './starting-pods.js';
import { waitingRequest } from './waiting-request.js';

const scenarios: Readonly<Record<string, () => Promise<Table | readonly Table[]>>> = {
  'cached-token': cachedToken,
  'starting-pods': startingPods,
  'waiting-request': waitingRequest,
  denial,
  memory,
  'program-start': programStart,
};

/**
 * `npm run bench -- nmi`: what a request, a node that starts and NMI itself cost. Linux only; takes five minutes.
 * `npm run bench -- nmi cached-token` runs one part of it.
 */
export const bench: Bench = {
  parts: Object.keys(scenarios),
  run: async (parts) => {
    const tables: Table[] = [];
    for (const [name, scenario] of Object.entries(scenarios))
      if (parts.length === 0 || parts.includes(name)) tables.push(...[await scenario()].flat());
    return tables;
  },
};
