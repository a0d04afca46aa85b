import type { Scenario } from './scenario.js';
import { demoListsMachines, othersAreRefused } from './scenarios/first-tokens.js';
import { micIsKilled, nmiIsKilled, nmiIsUpdated } from './scenarios/killed.js';

/** Every scenario, in the order in which they are played. */
export const scenarios: readonly Scenario[] = [
  demoListsMachines,
  othersAreRefused,
  nmiIsKilled,
  nmiIsUpdated,
  micIsKilled,
];
