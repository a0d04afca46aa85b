import { compareKeys, objectKey, type AzureAssignedIdentity, type ObjectKey } from '@aad-pod-identity/core';
import { keyOfAssigned, type AssignmentKey } from './assignment-key.js';

const NONE: readonly AzureAssignedIdentity[] = [];

/** AzureAssignedIdentities by what they assign. */
export class AssignedIdentityIndex {
  readonly #byName = new Map<string, AzureAssignedIdentity>();
  readonly #byAssignment = new Map<AssignmentKey, readonly AzureAssignedIdentity[]>();

  /** Adds or replaces an object. @returns keys of the assignments that it concerned and concerns: one, or two. */
  upsert(assigned: AzureAssignedIdentity): readonly AssignmentKey[] {
    const before = this.delete(assigned);
    const key = keyOfAssigned(assigned);
    this.#byName.set(objectKey(assigned), assigned);
    const others = this.#byAssignment.get(key);
    this.#byAssignment.set(key, others === undefined ? [assigned] : [...others, assigned].sort(compareKeys));
    return before.includes(key) ? before : [...before, key];
  }

  /** Removes an object. @returns keys of the assignments that it concerned: one, or none. */
  delete(name: ObjectKey): readonly AssignmentKey[] {
    const assigned = this.#byName.get(objectKey(name));
    if (assigned === undefined) return [];
    this.#byName.delete(objectKey(name));
    const key = keyOfAssigned(assigned);
    const others = this.of(key).filter((candidate) => candidate !== assigned);
    if (others.length > 0) this.#byAssignment.set(key, others);
    else this.#byAssignment.delete(key);
    return [key];
  }

  /** The objects of an assignment, by (namespace, name); more than one only after a mishap. */
  of(key: AssignmentKey): readonly AzureAssignedIdentity[] {
    return this.#byAssignment.get(key) ?? NONE;
  }

  /** The object of that name. */
  get(name: ObjectKey): AzureAssignedIdentity | undefined {
    return this.#byName.get(objectKey(name));
  }

  /** Whether the name belongs to an object of another assignment. */
  isTaken(name: ObjectKey, by: AssignmentKey): boolean {
    const owner = this.#byName.get(objectKey(name));
    return owner !== undefined && keyOfAssigned(owner) !== by;
  }

  /** All objects, in no particular order. */
  values(): IterableIterator<AzureAssignedIdentity> {
    return this.#byName.values();
  }

  get size(): number {
    return this.#byName.size;
  }
}
