/** A user-assigned managed identity in Azure, as a resource ID names it. */
export interface IdentityResourceId {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  /** The resource ID in the spelling that ARM uses for paths, with the casing of the parts as they were written. */
  readonly id: string;
  /** The same for every casing: compare and index by this. */
  readonly key: string;
}

const SEGMENT = String.raw`([^/?#\s"',\\\u0000-\u001f]+)`;
const PATTERN = new RegExp(
  `/subscriptions/${SEGMENT}/resourcegroups/${SEGMENT}/providers/microsoft\\.managedidentity/userassignedidentities/${SEGMENT}`,
  'i',
);
/** Far above what Azure allows; keeps hostile input cheap. */
const MAX_LENGTH = 2048;

/**
 * Reads a resource ID of a user-assigned identity. It is valid when it contains, in any casing,
 * `/subscriptions/{s}/resourcegroups/{rg}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}`
 * (docs/spec.md section 2), so a full ARM URL is valid too.
 *
 * @returns undefined when it is not valid.
 */
export function parseIdentityResourceId(text: string): IdentityResourceId | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const match = PATTERN.exec(text);
  const [, subscriptionId, resourceGroup, name] = match ?? [];
  if (subscriptionId === undefined || resourceGroup === undefined || name === undefined) return undefined;
  const id = `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
  const key = id.toLowerCase();
  // A few letters are longer in lower case. A key has to be readable as a resource ID itself.
  return key.length > MAX_LENGTH ? undefined : { subscriptionId, resourceGroup, name, id, key };
}

/**
 * Key under which a resource ID of any form is compared: that of {@link parseIdentityResourceId} when it is one of a
 * user-assigned identity, else the text in lower case.
 */
export function resourceIdKey(text: string): string {
  return parseIdentityResourceId(text)?.key ?? text.toLowerCase();
}

/** Whether two resource IDs name the same Azure resource. Case does not matter; an empty one names nothing. */
export function sameResourceId(a: string, b: string): boolean {
  return a !== '' && (a === b || resourceIdKey(a) === resourceIdKey(b));
}
