import {
  type AzureAssignedIdentity,
  type ComputeResource,
  type ReadyReason,
  type Verdict,
} from '@aad-pod-identity/core';
import { match } from 'ts-pattern';

/** Why an identity is not attached yet. */
export interface AttachFailure {
  readonly kind:
    | 'poison'
    | 'forbidden'
    | 'throttled'
    | 'transient'
    | 'conflict'
    | 'rejected'
    | 'not-found'
    | 'deleting'
    | 'aborted';
  /** One safe line. */
  readonly message: string;
}

/** How far an assignment is. */
export type AssignmentProgress =
  | { readonly kind: 'attaching'; readonly resource: ComputeResource }
  | { readonly kind: 'assigned' }
  | { readonly kind: 'unassigned' };

type AssignmentVerdict = Verdict<'AzureAssignedIdentity'>;

/** How long an assignment may wait for an Azure that is slow or busy before its object says so, in milliseconds. */
const PATIENCE_MS = 120_000;

/** What the condition `Ready` of an AzureAssignedIdentity is to say with a write of its state (docs/conditions.md). */
export function judgeAssignment(progress: AssignmentProgress): AssignmentVerdict {
  return match(progress)
    .with({ kind: 'attaching' }, ({ resource }): AssignmentVerdict => ({
      reason: 'Attaching',
      message: `the identity has to be attached to ${place(resource)}`,
    }))
    .with({ kind: 'assigned' }, (): AssignmentVerdict => ({
      reason: 'Assigned',
      message: 'the pod may use the identity',
    }))
    .with({ kind: 'unassigned' }, (): AssignmentVerdict => ({
      reason: 'Unassigned',
      message: 'the pod may not use the identity any more',
    }))
    .exhaustive();
}

/**
 * What `Ready` is to say of an assignment that waits, after a failure: nothing where it says so already, whatever the
 * words, and where Azure is only slow or busy, unless that goes on for two minutes. So a failure costs one write.
 *
 * @param now - milliseconds since 1970
 */
export function judgeFailure(
  { conditions: { ready } }: Pick<AzureAssignedIdentity, 'conditions'>,
  resource: ComputeResource,
  failure: AttachFailure,
  now: number,
): AssignmentVerdict | undefined {
  const reason = reasonOf(failure.kind);
  if (reason === undefined || ready?.reason === reason) return undefined;
  if (reason === 'AzureDelayed') {
    if (ready?.reason !== 'Attaching') return undefined;
    const since = Date.parse(ready.lastTransitionTime);
    if (!(now - since >= PATIENCE_MS)) return undefined;
  }
  return { reason, message: `the identity is not attached to ${place(resource)}: ${failure.message}` };
}

/** Undefined: it says nothing about Azure. */
function reasonOf(kind: AttachFailure['kind']): ReadyReason<'AzureAssignedIdentity'> | undefined {
  return match(kind)
    .with('poison', () => 'RefusedByAzure' as const)
    .with('forbidden', () => 'AzureForbidden' as const)
    .with('throttled', 'transient', 'conflict', () => 'AzureDelayed' as const)
    .with('rejected', () => 'RequestRejected' as const)
    .with('not-found', 'deleting', () => 'ResourceNotFound' as const)
    .with('aborted', () => undefined)
    .exhaustive();
}

function place({ type, name }: ComputeResource): string {
  return `${type}/${name}`;
}
