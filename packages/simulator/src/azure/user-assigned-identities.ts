/**
 * User-assigned managed identities: the objects of `Microsoft.ManagedIdentity/userAssignedIdentities`.
 *
 * @module
 */
import type { Random } from '../random.js';
import { idKey, isWithin, userAssignedIdentityId } from './resource-id.js';

/** A user-assigned identity as it stands. */
export interface UserAssignedIdentity {
  readonly id: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly tenantId: string;
  /** Unique to this object: one deleted and created again under the same name has another. */
  readonly principalId: string;
  readonly clientId: string;
}

/** What {@link UserAssignedIdentities.put} takes. */
export interface NewUserAssignedIdentity {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Made up where absent. */
  readonly clientId?: string;
  /** Made up where absent. */
  readonly principalId?: string;
}

/** The user-assigned identities of the simulated Azure. */
export class UserAssignedIdentities {
  readonly #byKey = new Map<string, UserAssignedIdentity>();
  readonly #random: Random;
  readonly #tenantId: string;

  constructor(random: Random, tenantId: string) {
    this.#random = random;
    this.#tenantId = tenantId;
  }

  /** Creates the identity, or changes its tags where it exists (its IDs stay). */
  put(identity: NewUserAssignedIdentity): UserAssignedIdentity {
    const id = userAssignedIdentityId(identity.subscriptionId, identity.resourceGroup, identity.name);
    const existing = this.#byKey.get(idKey(id));
    const stored: UserAssignedIdentity =
      existing !== undefined
        ? { ...existing, tags: identity.tags ?? existing.tags }
        : {
            id,
            subscriptionId: identity.subscriptionId,
            resourceGroup: identity.resourceGroup,
            name: identity.name,
            location: identity.location,
            tags: identity.tags ?? {},
            tenantId: this.#tenantId,
            principalId: identity.principalId ?? this.#random.uuid(),
            clientId: identity.clientId ?? this.#random.uuid(),
          };
    this.#byKey.set(idKey(id), stored);
    return stored;
  }

  /** The identity with this resource ID, in any casing. */
  get(id: string): UserAssignedIdentity | undefined {
    return this.#byKey.get(idKey(id));
  }

  /** The identities within a scope, by ID. */
  list(scope = '/'): UserAssignedIdentity[] {
    return [...this.#byKey.values()]
      .filter(({ id }) => isWithin(id, scope))
      .sort((a, b) => (idKey(a.id) < idKey(b.id) ? -1 : 1));
  }

  /** Deletes it; `false` where there is none. */
  delete(id: string): boolean {
    return this.#byKey.delete(idKey(id));
  }
}
