import {
  formatProblem,
  invalidIdentityProblem,
  redactClientId,
  sameClientId,
  type AzureIdentity,
  type ComputeResource,
  type ReadyReason,
  type Verdict,
} from '@aad-pod-identity/core';
import { match } from 'ts-pattern';

/** What Azure says about the identity that an AzureIdentity names. */
export type IdentityReading =
  | { readonly kind: 'found'; readonly clientId: string }
  | { readonly kind: 'not-found' }
  /** It cannot be told: no rights to read it, no answer, … */
  | { readonly kind: 'unknown'; readonly message: string };

/** Azure refuses to attach the identity to a compute resource. */
export interface Refusal {
  readonly resource: ComputeResource;
  /** Azure's code and words, one safe line. */
  readonly message: string;
}

/** What is known about one AzureIdentity. */
export interface IdentityFacts {
  readonly identity: AzureIdentity;
  /** Undefined while Azure has not been asked. */
  readonly reading: IdentityReading | undefined;
  /** Where Azure refuses it now, in no particular order. */
  readonly refusals: readonly Refusal[];
  /** Where it is attached in name only, because it was deleted and perhaps recreated in Azure. */
  readonly staleOn: readonly ComputeResource[];
  /** MIC has seen it attached to a resource that needs it since Azure refused it last, or since MIC started. */
  readonly attached: boolean;
}

type IdentityVerdict = Verdict<'AzureIdentity'>;

/**
 * What the condition `Ready` of an AzureIdentity is to say (docs/conditions.md).
 *
 * @returns undefined where it is too early to say something
 */
export function judgeIdentity(facts: IdentityFacts): IdentityVerdict | undefined {
  const { identity, reading, refusals, staleOn, attached } = facts;
  const invalid = invalidIdentityProblem(identity);
  if (invalid !== undefined) {
    return { reason: 'SpecInvalid', message: `it grants nothing: ${formatProblem(invalid)}` };
  }
  if (identity.spec.type !== 0) return USABLE;
  if (staleOn.length > 0) return recreated(staleOn, refusals);
  if (refusals.length > 0) return refused(refusals);
  // Nothing has shown yet that Azure's last word does not hold any more.
  const refusedBefore = standing(identity, 'RefusedByAzure');
  if (refusedBefore !== undefined && !attached) return refusedBefore;
  if (reading === undefined) return undefined;
  return match(reading)
    .with({ kind: 'found' }, ({ clientId }) =>
      sameClientId(clientId, identity.spec.clientID) ? USABLE : mismatch(identity, clientId),
    )
    .with({ kind: 'not-found' }, () => NOT_FOUND)
    .with(
      { kind: 'unknown' },
      () => standing(identity, 'ClientIDMismatch') ?? standing(identity, 'NotFoundInAzure') ?? USABLE,
    )
    .exhaustive();
}

const USABLE: IdentityVerdict = { reason: 'Usable', message: 'pods that a binding selects may use it' };

const NOT_FOUND: IdentityVerdict = {
  reason: 'NotFoundInAzure',
  message:
    'Azure has no identity of the name in spec.resourceID: create it, or write the resource ID as "az identity show" prints it',
};

/** What the object says already, about this very spec. */
function standing(
  { generation, conditions: { ready } }: AzureIdentity,
  reason: ReadyReason<'AzureIdentity'>,
): IdentityVerdict | undefined {
  if (ready?.reason !== reason || ready.observedGeneration !== generation) return undefined;
  return { reason, message: ready.message };
}

function refused(refusals: readonly Refusal[]): IdentityVerdict {
  return {
    reason: 'RefusedByAzure',
    message: `Azure refuses to attach it to ${places(refusals)}: ${wordsOf(refusals)}`,
  };
}

function recreated(resources: readonly ComputeResource[], refusals: readonly Refusal[]): IdentityVerdict {
  const where = places(resources.map((resource) => ({ resource })));
  const then =
    refusals.length === 0
      ? 'MIC attaches it again'
      : `MIC could not change that so far: ${wordsOf(refusals)}`;
  return {
    reason: 'RecreatedInAzure',
    message: `on ${where} it is attached in name only: it was deleted in Azure, and perhaps created anew; ${then}`,
  };
}

/** What one of them says, the same in any order. When the next try is does not belong here: that changes with each. */
function wordsOf(refusals: readonly Refusal[]): string {
  return refusals.reduce((a, b) => (places([b]) < places([a]) ? b : a)).message;
}

function mismatch({ spec }: AzureIdentity, clientId: string): IdentityVerdict {
  const written = spec.clientID === '' ? 'missing' : redactClientId(spec.clientID);
  return {
    reason: 'ClientIDMismatch',
    message: `spec.clientID is ${written}, but the identity that spec.resourceID names has ${redactClientId(clientId)}: write that one`,
  };
}

/** `virtualMachines/a and 2 more`, the same whatever the order. */
function places(at: readonly { readonly resource: ComputeResource }[]): string {
  const names = at.map(({ resource }) => `${resource.type}/${resource.name}`).sort();
  return names.length > 1 ? `${names[0] ?? ''} and ${names.length - 1} more` : (names[0] ?? '');
}
