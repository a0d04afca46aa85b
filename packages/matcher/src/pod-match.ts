import type { Pod } from '@aad-pod-identity/core';
import type { Grant } from './grant.js';
import type { Reason } from './reason.js';

/** Outcome of matching one pod. */
export interface PodMatch {
  readonly pod: Pod;
  /** In order of (namespace, name) of their bindings; each identity once. */
  readonly grants: readonly Grant[];
  /** One for every grant, in the same order, then one for every near miss. Never empty. */
  readonly reasons: readonly Reason[];
}
