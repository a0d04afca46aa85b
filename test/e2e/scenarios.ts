import type { Scenario } from './scenario.js';
import { identityIsCorrected } from './scenarios/corrected.js';
import { demoListsMachines, othersAreRefused, stockClientsGetTokens } from './scenarios/first-tokens.js';
import { micIsKilled, nmiIsKilled, nmiIsUpdated } from './scenarios/killed.js';
import {
  bindingIsDeleted,
  blockedInstanceMetadata,
  exceptions,
  managedMode,
  namespacedByEnvironment,
  namespacedByFlag,
} from './scenarios/modes.js';
import { nodeComesAndGoes, scaleSets } from './scenarios/nodes.js';
import { apiServerIsDown, historyIsGone } from './scenarios/outages.js';
import { plainManifests } from './scenarios/plain-manifests.js';
import { originalReplaced } from './scenarios/original-replaced.js';
import { rightsAreExact } from './scenarios/rights.js';
import { servicePrincipals } from './scenarios/service-principals.js';
import { takenOver } from './scenarios/taken-over.js';
import { uninstalled } from './scenarios/uninstalled.js';

/** Every scenario, in the order in which they are played. Those with the same values stand together. */
export const scenarios: readonly Scenario[] = [
  demoListsMachines,
  stockClientsGetTokens,
  othersAreRefused,
  bindingIsDeleted,
  exceptions,
  nmiIsKilled,
  nmiIsUpdated,
  apiServerIsDown,
  historyIsGone,
  namespacedByFlag,
  blockedInstanceMetadata,
  servicePrincipals,
  namespacedByEnvironment,
  identityIsCorrected,
  micIsKilled,
  scaleSets,
  nodeComesAndGoes,
  managedMode,
  uninstalled,
  plainManifests,
  originalReplaced,
  takenOver,
  // Of all of this.
  rightsAreExact,
];
