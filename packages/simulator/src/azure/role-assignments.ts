/**
 * Who may do what where: role assignments, and the check that every ARM request passes.
 *
 * @module
 */
import type { Random } from '../random.js';
import { idKey, isWithin } from './resource-id.js';
import { findRoleDefinition, roleAllows, type RoleDefinition } from './role-definitions.js';

/** One role given to one principal on one scope and all below it. */
export interface RoleAssignment {
  /** A GUID. */
  readonly name: string;
  readonly scope: string;
  readonly principalId: string;
  readonly role: RoleDefinition;
  readonly createdOn: number;
}

/** What {@link RoleAssignments.add} takes. */
export interface NewRoleAssignment {
  /** A subscription, resource group or resource ID, or `/`. */
  readonly scope: string;
  /** The object ID of a service principal or managed identity. */
  readonly principalId: string;
  /** The name, the GUID or the whole ID of a built-in role. */
  readonly role: string;
  /** A GUID; made up where absent. */
  readonly name?: string;
}

/** The role assignments of the simulated Azure. */
export class RoleAssignments {
  readonly #assignments = new Map<string, RoleAssignment>();
  readonly #random: Random;
  readonly #now: () => number;

  constructor(random: Random, now: () => number) {
    this.#random = random;
    this.#now = now;
  }

  /** Adds an assignment. Throws `TypeError` where there is no such role. */
  add(assignment: NewRoleAssignment): RoleAssignment {
    const role = findRoleDefinition(assignment.role);
    if (role === undefined)
      throw new TypeError(`there is no built-in role '${assignment.role}' in the simulator`);
    const name = assignment.name ?? this.#random.uuid();
    const { scope, principalId } = assignment;
    const added: RoleAssignment = { name, scope, principalId, role, createdOn: this.#now() };
    this.#assignments.set(name.toLowerCase(), added);
    return added;
  }

  /** The assignment with this GUID, where it stands on exactly this scope. */
  get(scope: string, name: string): RoleAssignment | undefined {
    const found = this.#assignments.get(name.toLowerCase());
    return found !== undefined && idKey(found.scope) === idKey(scope) ? found : undefined;
  }

  /** Every assignment that has effect on `scope` (on it or above it); all where no scope is given. */
  list(scope?: string): RoleAssignment[] {
    const all = [...this.#assignments.values()];
    return scope === undefined ? all : all.filter((assignment) => isWithin(scope, assignment.scope));
  }

  /** Takes an assignment away; `false` where there is none of this GUID. */
  remove(name: string): boolean {
    return this.#assignments.delete(name.toLowerCase());
  }

  /** Takes away what stands on `scope` or below it: what happens when that resource is deleted. */
  removeWithin(scope: string): void {
    for (const [key, assignment] of this.#assignments) {
      if (isWithin(assignment.scope, scope)) this.#assignments.delete(key);
    }
  }

  /** Whether the principal may perform `action` on `scope`. */
  allows(principalId: string, action: string, scope: string): boolean {
    for (const assignment of this.#assignments.values()) {
      if (
        assignment.principalId.toLowerCase() === principalId.toLowerCase() &&
        isWithin(scope, assignment.scope) &&
        roleAllows(assignment.role, action)
      ) {
        return true;
      }
    }
    return false;
  }
}
