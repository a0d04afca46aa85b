import { compareKeys, type AzurePodIdentityException, type Pod } from '@aad-pod-identity/core';

/** `all`: every listed label must be there, exactly. `any`: the original's rule, one is enough, values in any casing. */
export type ExceptionMatch = 'all' | 'any';

/** Whether a pod is excepted, and by what. */
export interface ExceptionDecision {
  /** The exception that applies, the first by name; undefined when the pod is not excepted. */
  readonly excepted: AzurePodIdentityException | undefined;
  /** Not excepted, but the original would have let the pod through by this exception: say so once. */
  readonly formerly: AzurePodIdentityException | undefined;
}

/**
 * Decides whether token requests of a pod pass through to IMDS unchanged (docs/spec.md section 3). Only exceptions in
 * the pod's own namespace count; one without labels matches nothing.
 */
export function decideException(
  pod: Pick<Pod, 'namespace' | 'labels'>,
  exceptions: Iterable<AzurePodIdentityException>,
  rule: ExceptionMatch,
): ExceptionDecision {
  let excepted: AzurePodIdentityException | undefined;
  let formerly: AzurePodIdentityException | undefined;
  for (const exception of exceptions) {
    if (exception.namespace !== pod.namespace || !matchesAny(exception, pod)) continue;
    if (rule === 'any' || matchesAll(exception, pod)) excepted = first(excepted, exception);
    else formerly = first(formerly, exception);
  }
  return { excepted, formerly: excepted === undefined ? formerly : undefined };
}

function matchesAll(exception: AzurePodIdentityException, pod: Pick<Pod, 'labels'>): boolean {
  const wanted = Object.entries(exception.spec.podLabels);
  return wanted.length > 0 && wanted.every(([key, value]) => labelOf(pod, key) === value);
}

/** Matches all that {@link matchesAll} does, and more. */
function matchesAny(exception: AzurePodIdentityException, pod: Pick<Pod, 'labels'>): boolean {
  return Object.entries(exception.spec.podLabels).some(
    ([key, value]) => labelOf(pod, key)?.toLowerCase() === value.toLowerCase(),
  );
}

function labelOf(pod: Pick<Pod, 'labels'>, key: string): string | undefined {
  return Object.hasOwn(pod.labels, key) ? pod.labels[key] : undefined;
}

function first(
  earlier: AzurePodIdentityException | undefined,
  exception: AzurePodIdentityException,
): AzurePodIdentityException {
  return earlier === undefined || compareKeys(exception, earlier) < 0 ? exception : earlier;
}
