import type { AzurePodIdentityException, Pod } from '@aad-pod-identity/core';

/** `all`: every listed label must be there, exactly. `any`: the original's rule, one is enough, values in any casing. */
export type ExceptionMatch = 'all' | 'any';

/** Whether a pod is excepted, and by what. */
export interface ExceptionDecision {
  /** The exception that applies, the first by name; undefined when the pod is not excepted. */
  readonly excepted: AzurePodIdentityException | undefined;
  /** Not excepted, but the original would have let the pod through by this exception: say so once. */
  readonly formerly: AzurePodIdentityException | undefined;
}

/** Decides whether token requests of a pod pass through to IMDS unchanged (docs/spec.md section 3). */
export declare function decideException(
  pod: Pick<Pod, 'namespace' | 'labels'>,
  exceptions: Iterable<AzurePodIdentityException>,
  rule: ExceptionMatch,
): ExceptionDecision;
