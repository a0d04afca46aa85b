import type { AzurePodIdentityException, ObjectKey, Pod } from '@aad-pod-identity/core';
import type { ClusterEvent } from './cluster-event.js';
import type { ExceptionDecision, ExceptionMatch } from './exception.js';
import type { Grant } from './grant.js';
import type { PodMatch } from './pod-match.js';
import type { MatchPolicy } from './policy.js';

/**
 * The incremental form of `match`: takes one event at a time at the cost of what it changes, and answers at any time
 * what `match` would say of all objects together. NMI holds one of its node's pods; MIC's is inside an `AssignmentIndex`.
 */
export declare class MatchIndex {
  constructor(policy: MatchPolicy);
  /**
   * Takes an event; of kinds that matching does not read it takes nothing.
   *
   * @returns keys (`namespace/name`) of the pods whose grants may be others now.
   */
  apply(event: ClusterEvent): ReadonlySet<string>;
  /** The pod of that key, if known. */
  pod(key: ObjectKey): Pod | undefined;
  /** The grants of a pod, in order of their bindings. Empty for an unknown pod. */
  grantsOf(key: ObjectKey): readonly Grant[];
  /** Grants of a pod with every reason. Undefined for an unknown pod. */
  matchOf(key: ObjectKey): PodMatch | undefined;
  /** The same for a pod that the index does not hold, as one that was just read from the API server. */
  matchPod(pod: Pod): PodMatch;
  /** All grants of the cluster, in no particular order. */
  grants(): IterableIterator<Grant>;
  /** Whether the pod is excepted. */
  exceptionOf(pod: Pick<Pod, 'namespace' | 'labels'>, rule: ExceptionMatch): ExceptionDecision;
  /** The exceptions of a namespace. */
  exceptionsIn(namespace: string): readonly AzurePodIdentityException[];
}
