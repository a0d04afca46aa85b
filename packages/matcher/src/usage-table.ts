import { compareStrings } from '@aad-pod-identity/core';
import type { AssignmentUses, PlacedChange, ResourcePlacement } from './assignment-uses.js';
import type { NodeTable } from './compute-group.js';
import type { ProtectedIdentities } from './protected-identities.js';
import type { ResourcePlan } from './resource-plan.js';
import { ResourceUsage } from './resource-usage.js';

/** What the assignments seen so far mean for every compute resource. */
export class UsageTable {
  readonly #resources = new Map<string, ResourceUsage>();
  readonly #unplaced = new Set<readonly PlacedChange[]>();

  /** Counts an assignment in, and notes the keys of the resources that it concerns. */
  add(uses: AssignmentUses, touched?: Set<string>): void {
    for (const { placement } of uses.changes) {
      if (placement.kind === 'none') {
        this.#unplaced.add(uses.changes);
      } else {
        this.#usage(placement).addChanges(uses.changes);
        touched?.add(placement.key);
      }
    }
    if (uses.target !== undefined && uses.identityKey !== undefined) {
      this.#usage(uses.target).addUser(uses.identityKey);
      touched?.add(uses.target.key);
    }
    for (const hold of uses.holds) {
      this.#usage(hold.placement).hold(hold);
      touched?.add(hold.placement.key);
    }
  }

  /** Takes out what {@link add} counted in, by the same object. */
  remove(uses: AssignmentUses, touched: Set<string>): void {
    const concerned = new Set<string>();
    for (const { placement } of uses.changes) {
      if (placement.kind === 'none') {
        this.#unplaced.delete(uses.changes);
      } else {
        this.#resources.get(placement.key)?.dropChanges(uses.changes);
        concerned.add(placement.key);
      }
    }
    if (uses.target !== undefined && uses.identityKey !== undefined) {
      this.#resources.get(uses.target.key)?.dropUser(uses.identityKey);
      concerned.add(uses.target.key);
    }
    for (const hold of uses.holds) {
      this.#resources.get(hold.placement.key)?.release(hold);
      concerned.add(hold.placement.key);
    }
    for (const key of concerned) {
      if (this.#resources.get(key)?.isEmpty() === true) this.#resources.delete(key);
      touched.add(key);
    }
  }

  /** Keys of the resources that assignments concern. */
  keys(): IterableIterator<string> {
    return this.#resources.keys();
  }

  /** Undefined when neither an assignment nor a node concerns the resource. */
  planOf(key: string, nodes: NodeTable, protectedIdentities: ProtectedIdentities): ResourcePlan | undefined {
    const place = nodes.place(key);
    const usage = this.#resources.get(key) ?? (place === undefined ? undefined : new ResourceUsage(place));
    return usage?.plan(place?.nodes ?? [], protectedIdentities);
  }

  /** Changes that belong to no resource, in order of their assignment's key. */
  unplaced(): readonly PlacedChange[] {
    return [...this.#unplaced]
      .flat()
      .filter(({ placement }) => placement.kind === 'none')
      .sort((a, b) => compareStrings(a.change.key, b.change.key));
  }

  #usage(placement: ResourcePlacement): ResourceUsage {
    let usage = this.#resources.get(placement.key);
    if (usage === undefined) {
      usage = new ResourceUsage(placement);
      this.#resources.set(placement.key, usage);
    }
    return usage;
  }
}
