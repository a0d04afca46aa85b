/**
 * Which of a machine's identities a token request means.
 *
 * @module
 */
import type { Machine } from '../compute/compute-resource.js';
import { liveIdentity } from '../compute/identity-block.js';
import type { TokenSubject } from '../entra/claims.js';
import { idKey } from '../resource-id.js';
import type { UserAssignedIdentities } from '../user-assigned-identities.js';

/** What a token request may name an identity by. */
export interface IdentitySelector {
  readonly clientId?: string;
  readonly objectId?: string;
  readonly resourceId?: string;
}

/** The identity that is meant, or why none is. */
export type IdentitySelection =
  | { readonly kind: 'found'; readonly subject: TokenSubject }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'ambiguous' };

/**
 * Looks among the identities that the machine can use: its own system-assigned one, and the user-assigned ones of it or
 * its scale set whose objects still exist.
 */
export function selectIdentity(
  machine: Machine,
  selector: IdentitySelector,
  identities: UserAssignedIdentities,
): IdentitySelection {
  const userAssigned = userAssignedSubjects(machine, identities);
  const systemAssigned = systemAssignedSubject(machine);
  const named = Object.values(selector).some((value) => value !== undefined);
  if (named) {
    const all = systemAssigned === undefined ? userAssigned : [systemAssigned, ...userAssigned];
    const subject = all.find((candidate) => matches(candidate, selector));
    return subject === undefined ? { kind: 'not-found' } : { kind: 'found', subject };
  }
  if (systemAssigned !== undefined) return { kind: 'found', subject: systemAssigned };
  const [only, ...others] = userAssigned;
  if (only === undefined) return { kind: 'not-found' };
  return others.length === 0 ? { kind: 'found', subject: only } : { kind: 'ambiguous' };
}

function userAssignedSubjects(machine: Machine, identities: UserAssignedIdentities): TokenSubject[] {
  const subjects: TokenSubject[] = [];
  for (const attached of machine.resource.effectiveIdentity.userAssigned.values()) {
    const identity = liveIdentity(attached, identities);
    if (identity === undefined) continue;
    subjects.push({
      tenantId: identity.tenantId,
      clientId: identity.clientId,
      objectId: identity.principalId,
      proof: '2',
      managedIdentityResourceId: identity.id,
      azureResourceId: machine.id,
    });
  }
  return subjects;
}

function systemAssignedSubject(machine: Machine): TokenSubject | undefined {
  const { resource } = machine;
  const own = resource.effectiveIdentity.systemAssigned;
  if (own === undefined) return undefined;
  return {
    tenantId: own.tenantId,
    clientId: own.clientId,
    objectId: own.principalId,
    proof: '2',
    managedIdentityResourceId: resource.id,
    azureResourceId: machine.id,
  };
}

function matches(subject: TokenSubject, { clientId, objectId, resourceId }: IdentitySelector): boolean {
  return (
    (clientId === undefined || subject.clientId.toLowerCase() === clientId.toLowerCase()) &&
    (objectId === undefined || subject.objectId.toLowerCase() === objectId.toLowerCase()) &&
    (resourceId === undefined || idKey(subject.managedIdentityResourceId ?? '') === idKey(resourceId))
  );
}
