import type { AzureAssignedIdentity, ComputeResource } from '@aad-pod-identity/core';
import type { AssignedIdentityIndex } from './assigned-identity-index.js';
import type { AssignmentChange } from './assignment-change.js';
import type { AssignmentKey } from './assignment-key.js';
import type { ClusterEvent } from './cluster-event.js';
import type { Grant } from './grant.js';
import type { MatchIndex } from './match-index.js';
import type { MatchPolicy } from './policy.js';
import type { Protected, ResourcePlan } from './resource-plan.js';

/** What an event changed. */
export interface AssignmentEffect {
  /** Keys (`namespace/name`) of the pods whose grants may be others now. */
  readonly pods: ReadonlySet<string>;
  /** Assignments whose changes ({@link AssignmentIndex.changesOf}) may be others now. */
  readonly assignments: ReadonlySet<AssignmentKey>;
  /** Keys (`computeResourceKey`) of the compute resources whose plan may be another now. */
  readonly resources: ReadonlySet<string>;
}

/**
 * The incremental form of `plan`: takes one event at a time at the cost of what it changes, and answers at any time
 * what `plan` would say of all objects together.
 */
export declare class AssignmentIndex {
  constructor(policy: MatchPolicy, protectedIdentities?: Protected);
  /** Matching, as far as the events go. Don't apply events to it. */
  readonly matches: MatchIndex;
  /** The AzureAssignedIdentities, as far as the events go. Don't change it. */
  readonly assigned: AssignedIdentityIndex;
  /** Takes an event and tells what it changed. */
  apply(event: ClusterEvent): AssignmentEffect;
  /** Replaces what must never be detached, as when the cloud configuration is re-read. @returns keys of all resources. */
  protect(protectedIdentities: Protected): ReadonlySet<string>;
  /** The desired assignment of that key, if any. */
  desired(key: AssignmentKey): Grant | undefined;
  /** All desired assignments, in no particular order. */
  allDesired(): IterableIterator<Grant>;
  /** What has to be done with one assignment: nothing, one thing, or several where objects are doubled. */
  changesOf(key: AssignmentKey): readonly AssignmentChange[];
  /** Changes that belong to no compute resource: of service principals, and on nodes that are gone or unresolved. */
  unplacedChanges(): readonly AssignmentChange[];
  /** Keys of all compute resources that have nodes, or something to be done. */
  resources(): IterableIterator<string>;
  /** The plan of one compute resource; undefined when it is unknown. */
  planFor(resourceKey: string): ResourcePlan | undefined;
  /** The compute resource of a node; undefined when the node is gone or unresolved. */
  resourceOfNode(nodeName: string): ComputeResource | undefined;
  /** The compute resource to whose work an assignment's changes belong; undefined when none. */
  resourceOfChange(change: AssignmentChange): ComputeResource | undefined;
  /** Known nodes whose providerID names no VM and no scale set, by name. */
  unresolvedNodes(): readonly string[];
  /** Objects that MIC could have been written for this node or assigned; see `AssignedIdentityIndex`. */
  assignedOf(key: AssignmentKey): readonly AzureAssignedIdentity[];
}
