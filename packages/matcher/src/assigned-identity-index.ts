import { compareKeys, type AzureAssignedIdentity, type ObjectKey } from '@aad-pod-identity/core';
import { keyOfAssigned, type AssignmentKey } from './assignment-key.js';

const NONE: readonly AzureAssignedIdentity[] = [];

/** AzureAssignedIdentities by what they assign, and by their own name. */
export class AssignedIdentityIndex {
  /** By namespace, then by name: the names are there already, so that nothing is kept twice. */
  readonly #byName = new Map<string, Map<string, AzureAssignedIdentity>>();
  /** Almost always one, and then it is kept without a list around it. */
  readonly #byAssignment = new Map<AssignmentKey, AzureAssignedIdentity | readonly AzureAssignedIdentity[]>();

  /** Adds or replaces an object. @returns keys of the assignments that it concerned and concerns: one, or two. */
  upsert(assigned: AzureAssignedIdentity): readonly AssignmentKey[] {
    const before = this.delete(assigned);
    const key = keyOfAssigned(assigned);
    const names = this.#byName.get(assigned.namespace);
    if (names === undefined) this.#byName.set(assigned.namespace, new Map([[assigned.name, assigned]]));
    else names.set(assigned.name, assigned);
    this.#set(key, [...this.of(key), assigned].sort(compareKeys));
    return before.includes(key) ? before : [...before, key];
  }

  /** Removes an object. @returns keys of the assignments that it concerned: one, or none. */
  delete({ namespace, name }: ObjectKey): readonly AssignmentKey[] {
    const names = this.#byName.get(namespace);
    const assigned = names?.get(name);
    if (names === undefined || assigned === undefined) return [];
    names.delete(name);
    if (names.size === 0) this.#byName.delete(namespace);
    const key = keyOfAssigned(assigned);
    this.#set(
      key,
      this.of(key).filter((candidate) => candidate !== assigned),
    );
    return [key];
  }

  /** The objects of an assignment, by (namespace, name); more than one only after a mishap. */
  of(key: AssignmentKey): readonly AzureAssignedIdentity[] {
    const found = this.#byAssignment.get(key);
    if (found === undefined) return NONE;
    return 'spec' in found ? [found] : found;
  }

  /** The object of that name. */
  get({ namespace, name }: ObjectKey): AzureAssignedIdentity | undefined {
    return this.#byName.get(namespace)?.get(name);
  }

  /** Whether the name belongs to an object of another assignment. */
  isTaken(name: ObjectKey, by: AssignmentKey): boolean {
    const owner = this.get(name);
    return owner !== undefined && keyOfAssigned(owner) !== by;
  }

  /** All objects, in no particular order. */
  *values(): IterableIterator<AzureAssignedIdentity> {
    for (const names of this.#byName.values()) yield* names.values();
  }

  #set(key: AssignmentKey, assigned: readonly AzureAssignedIdentity[]): void {
    const [first] = assigned;
    if (first === undefined) this.#byAssignment.delete(key);
    else this.#byAssignment.set(key, assigned.length === 1 ? first : assigned);
  }
}
