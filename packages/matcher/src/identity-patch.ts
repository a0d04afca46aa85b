/**
 * From the identities that a VM or scale set has, and those to attach and detach, to the PATCH bodies that get it
 * there (docs/spec.md sections 5 and 6).
 *
 * @module
 */

/** The most entries that one PATCH may carry (docs/spec.md section 13). */
export const maxIdentitiesPerPatch = 150;

/** The `type` of an identity block, as a PATCH writes it. */
export type IdentityBlockType = 'None' | 'SystemAssigned' | 'UserAssigned' | 'SystemAssigned, UserAssigned';

/** The `identity` of a PATCH body, which holds nothing else. `{}` attaches, `null` detaches, others stay as they are. */
export interface IdentityPatch {
  readonly type: IdentityBlockType;
  readonly userAssignedIdentities?: Readonly<Record<string, Readonly<Record<string, never>> | null>>;
}

/** One identity as the resource names it. */
export interface AttachedIdentity {
  /** The resource ID in the resource's own casing. */
  readonly resourceID: string;
  /**
   * Azure gives no client ID for it: the identity was deleted, and perhaps recreated under its name. It is attached
   * in name only.
   */
  readonly stale: boolean;
  /** What Azure says of whom it stands for; absent where it does not. */
  readonly clientId?: string;
}

/** What a compute resource has. */
export interface ResourceIdentities {
  readonly systemAssigned: boolean;
  /** By resource ID in lower case. */
  readonly userAssigned: ReadonlyMap<string, AttachedIdentity>;
  /** Azure is deleting the resource: it takes no PATCH. */
  readonly deleting: boolean;
  /** An operation is under way: what stands here may not be usable on the machines yet. */
  readonly updating: boolean;
  /** The last operation failed: what stands here may never have reached the machines. */
  readonly failed: boolean;
  /** The version of the resource that this is of, where Azure gives it. */
  readonly etag?: string;
}

/**
 * Reads the identities from a VM or scale set as ARM's GET gives it. The block's `type` is read in any order, casing
 * and spacing; a key counts whatever stands under it.
 */
export function readResourceIdentities(resource: unknown): ResourceIdentities {
  const { identity, properties, provisioningState, etag } = asRecord(resource);
  const block = asRecord(identity);
  const type = block['type'];
  const kinds = typeof type === 'string' ? type.toLowerCase() : '';
  const userAssigned = new Map<string, AttachedIdentity>();
  for (const [resourceID, value] of Object.entries(asRecord(block['userAssignedIdentities']))) {
    const { clientId } = asRecord(value);
    userAssigned.set(
      resourceID.toLowerCase(),
      typeof clientId === 'string' && clientId !== ''
        ? { resourceID, stale: false, clientId }
        : { resourceID, stale: true },
    );
  }
  // The SDK lifts `provisioningState` out of `properties`; the wire has it inside.
  const value = asRecord(properties)['provisioningState'] ?? provisioningState;
  const state = typeof value === 'string' ? value.toLowerCase() : '';
  return {
    systemAssigned: kinds.split(',').some((kind) => kind.trim() === 'systemassigned'),
    userAssigned,
    deleting: state === 'deleting',
    updating: state === 'updating' || state === 'creating',
    failed: state === 'failed',
    ...(typeof etag === 'string' && etag !== '' ? { etag } : {}),
  };
}

/**
 * The PATCHes, to be sent in order, after which the resource has what is in `attach` and not what is in `detach`;
 * none where nothing changes or the resource is being deleted. An identity in both lists is attached. The
 * system-assigned identity and identities in neither list stay.
 */
export function planIdentityPatches(
  current: ResourceIdentities,
  attach: Iterable<string>,
  detach: Iterable<string>,
): readonly IdentityPatch[] {
  if (current.deleting) return [];
  const wanted = new Map<string, string>();
  for (const id of attach) if (!wanted.has(id.toLowerCase())) wanted.set(id.toLowerCase(), id);
  const entries: [string, Readonly<Record<string, never>> | null][] = [];
  for (const [key, id] of wanted) if (!current.userAssigned.has(key)) entries.push([id, {}]);
  const added = entries.length;
  for (const key of new Set(Array.from(detach, (id) => id.toLowerCase()))) {
    const there = current.userAssigned.get(key);
    // The resource's own spelling: ARM is not everywhere indifferent to the casing of the key that it is to remove.
    if (there !== undefined && !wanted.has(key)) entries.push([there.resourceID, null]);
  }
  const removed = entries.length - added;
  if (entries.length === 0) return [];
  if (added === 0 && removed === current.userAssigned.size) {
    return [{ type: current.systemAssigned ? 'SystemAssigned' : 'None' }];
  }
  const type: IdentityBlockType = current.systemAssigned ? 'SystemAssigned, UserAssigned' : 'UserAssigned';
  const patches: IdentityPatch[] = [];
  // Additions come first: a pod waits for them, nobody waits for a removal.
  for (let start = 0; start < entries.length; start += maxIdentitiesPerPatch) {
    const userAssignedIdentities = Object.fromEntries(entries.slice(start, start + maxIdentitiesPerPatch));
    patches.push({ type, userAssignedIdentities });
  }
  return patches;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
