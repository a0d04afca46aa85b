/**
 * The `identity` of a virtual machine or scale set: how ARM reads a PATCH of it, applies it and shows it.
 *
 * @module
 */
import { isRecord } from '@aad-pod-identity/core';
import { ArmFailure } from '../arm-failure.js';
import { idKey, isUserAssignedIdentityId } from '../resource-id.js';
import type { UserAssignedIdentities, UserAssignedIdentity } from '../user-assigned-identities.js';

/** A user-assigned identity on a resource: as it was when it was attached. */
export interface AttachedIdentity {
  /** The resource ID in the casing of the request that attached it. */
  readonly id: string;
  /** Which object was attached: a later one of the same name has another principal and does not count. */
  readonly principalId: string;
  readonly clientId: string;
}

/** The identity that lives and dies with one resource. */
export interface SystemAssignedIdentity {
  readonly principalId: string;
  readonly clientId: string;
  readonly tenantId: string;
}

/** All identities of a resource. */
export interface IdentityBlock {
  readonly systemAssigned?: SystemAssignedIdentity;
  /** By the lower-case resource ID. */
  readonly userAssigned: ReadonlyMap<string, AttachedIdentity>;
}

/** A PATCH of the identity block, checked for form only. */
export interface IdentityPatch {
  readonly systemAssigned: boolean;
  readonly userAssigned: boolean;
  /** Resource IDs, in the casing of the request. */
  readonly attach: readonly string[];
  readonly detach: readonly string[];
}

/** What one request may name at most. */
const maxIdentities = 150;

/** Reads `identity` of a PATCH body. Throws {@link ArmFailure} for what ARM refuses by its form. */
export function parseIdentityPatch(identity: unknown): IdentityPatch {
  if (!isRecord(identity)) {
    throw new ArmFailure(
      400,
      'InvalidRequestContent',
      "The request content was invalid: 'identity' must be an object.",
    );
  }
  const { systemAssigned, userAssigned } = parseType(identity['type']);
  const entries = identity['userAssignedIdentities'] ?? {};
  if (!isRecord(entries)) {
    throw new ArmFailure(
      400,
      'InvalidRequestContent',
      "The request content was invalid: 'identity.userAssignedIdentities' must be an object.",
    );
  }
  const attach: string[] = [];
  const detach: string[] = [];
  for (const [id, value] of Object.entries(entries)) {
    if (!isUserAssignedIdentityId(id)) throw invalidLinkedId(id);
    (value === null ? detach : attach).push(id);
  }
  if (attach.length + detach.length > maxIdentities) {
    throw new ArmFailure(
      400,
      'InvalidIdentityCount',
      `The request names ${attach.length + detach.length} user assigned identities; at most ${maxIdentities} are allowed in one request.`,
    );
  }
  if (!userAssigned && attach.length > 0) {
    throw new ArmFailure(
      400,
      'InvalidIdentityType',
      "The identity type must include 'UserAssigned' where 'userAssignedIdentities' assigns identities.",
    );
  }
  return { systemAssigned, userAssigned, attach, detach };
}

/** The identities that the resource has after the patch. The new ones are looked up by `identities`. */
export function applyIdentityPatch(
  current: IdentityBlock,
  patch: IdentityPatch,
  identities: UserAssignedIdentities,
  newSystemAssigned: () => SystemAssignedIdentity,
): IdentityBlock {
  const userAssigned = new Map<string, AttachedIdentity>(patch.userAssigned ? current.userAssigned : []);
  for (const id of patch.detach) userAssigned.delete(idKey(id));
  for (const id of patch.attach) {
    const identity = identities.get(id);
    if (identity === undefined || userAssigned.has(idKey(id))) continue;
    userAssigned.set(idKey(id), { id, principalId: identity.principalId, clientId: identity.clientId });
  }
  if (!patch.systemAssigned) return { userAssigned };
  return { systemAssigned: current.systemAssigned ?? newSystemAssigned(), userAssigned };
}

/** The block as ARM's GET shows it; `undefined` where the resource has no identity. */
export function showIdentityBlock(
  block: IdentityBlock,
  identities: UserAssignedIdentities,
): Record<string, unknown> | undefined {
  const { systemAssigned, userAssigned } = block;
  const types = [systemAssigned && 'SystemAssigned', userAssigned.size > 0 && 'UserAssigned'].filter(Boolean);
  if (types.length === 0) return undefined;
  const entries = [...userAssigned.values()].map((attached) => {
    const live = liveIdentity(attached, identities);
    return [
      attached.id,
      { principalId: live?.principalId ?? null, clientId: live?.clientId ?? null },
    ] as const;
  });
  return {
    type: types.join(', '),
    ...(systemAssigned && { principalId: systemAssigned.principalId, tenantId: systemAssigned.tenantId }),
    ...(entries.length > 0 && { userAssignedIdentities: Object.fromEntries(entries) }),
  };
}

/** The identity object behind an attached one, where it still is that object. */
export function liveIdentity(
  attached: AttachedIdentity,
  identities: UserAssignedIdentities,
): UserAssignedIdentity | undefined {
  const identity = identities.get(attached.id);
  return identity?.principalId === attached.principalId ? identity : undefined;
}

function parseType(type: unknown): { systemAssigned: boolean; userAssigned: boolean } {
  const parts =
    typeof type === 'string'
      ? type
          .toLowerCase()
          .split(',')
          .map((part) => part.trim())
      : [];
  const unknown = parts.filter((part) => !['none', 'systemassigned', 'userassigned'].includes(part));
  if (parts.length === 0 || unknown.length > 0 || (parts.includes('none') && parts.length > 1)) {
    throw new ArmFailure(
      400,
      'InvalidIdentityType',
      `The identity type '${typeof type === 'string' ? type : ''}' is invalid. Use 'None', 'SystemAssigned', 'UserAssigned' or 'SystemAssigned, UserAssigned'.`,
    );
  }
  return { systemAssigned: parts.includes('systemassigned'), userAssigned: parts.includes('userassigned') };
}

function invalidLinkedId(id: string): ArmFailure {
  return new ArmFailure(
    400,
    'LinkedInvalidPropertyId',
    `Property id '${id}' at path 'identity.userAssignedIdentities' is invalid. Expect fully qualified resource Id that start with '/subscriptions/{subscriptionId}' or '/providers/{resourceProviderNamespace}/'.`,
  );
}
