/**
 * The condition `Ready` of AzureAssignedIdentities. It goes with the writes of their state; only a failure costs a write
 * of its own (docs/conditions.md).
 *
 * @module
 */
import {
  encodeConditions,
  nextReady,
  NO_CONDITIONS,
  type AzureAssignedIdentity,
  type Clock,
  type ComputeResource,
  type StandingConditions,
  type Verdict,
} from '@aad-pod-identity/core';
import {
  judgeAssignment,
  judgeFailure,
  type AssignmentProgress,
  type AttachFailure,
} from '@aad-pod-identity/matcher';

/** Options of {@link AssignmentConditions}. */
export interface AssignmentConditionsOptions {
  readonly clock: Clock;
  /** Told once where the cluster does not keep them. */
  readonly onUnsupported: (message: string) => void;
}

/** `status.conditions` for writes of assignments, for as long as the cluster keeps them. */
export class AssignmentConditions {
  readonly #options: AssignmentConditionsOptions;
  #kept = true;

  constructor(options: AssignmentConditionsOptions) {
    this.#options = options;
  }

  /** What is to be written with the state; undefined: nothing. */
  of(
    progress: AssignmentProgress,
    standing: StandingConditions = NO_CONDITIONS,
  ): readonly unknown[] | undefined {
    return this.#encode(standing, judgeAssignment(progress));
  }

  /** What is to be written after a failure; undefined: nothing, for the object says it already. */
  ofFailure(
    assigned: AzureAssignedIdentity,
    resource: ComputeResource,
    failure: AttachFailure,
  ): readonly unknown[] | undefined {
    const verdict = judgeFailure(assigned, resource, failure, this.#options.clock.now());
    return verdict === undefined ? undefined : this.#encode(assigned.conditions, verdict);
  }

  /** Takes what a write returned: conditions that did not come back are not tried again. */
  wrote({ conditions }: AzureAssignedIdentity, sent: readonly unknown[] | undefined): void {
    if (sent === undefined || conditions.ready !== undefined || !this.#kept) return;
    this.#kept = false;
    this.#options.onUnsupported(
      'conditions of AzureAssignedIdentity objects are not written: the CRD azureassignedidentities.aadpodidentity.k8s.io drops status.conditions',
    );
  }

  #encode(
    { ready, others }: StandingConditions,
    verdict: Verdict<'AzureAssignedIdentity'>,
  ): readonly unknown[] | undefined {
    if (!this.#kept) return undefined;
    // Without a status subresource the generation counts every write, and says nothing about the spec.
    const at = { now: this.#options.clock.now(), generation: undefined };
    return encodeConditions(nextReady('AzureAssignedIdentity', ready, verdict, at), others);
  }
}
