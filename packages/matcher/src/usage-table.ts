import type { AssignmentKey } from './assignment-key.js';
import type { AssignmentUses, PlacedChange } from './assignment-uses.js';
import type { ComputePlace, NodeTable } from './compute-group.js';
import type { ProtectedIdentities } from './protected-identities.js';
import type { ResourcePlan } from './resource-plan.js';
import { ResourceUsage } from './resource-usage.js';

/** What the assignments seen so far mean for every compute resource. */
export class UsageTable {
  readonly #resources = new Map<string, ResourceUsage>();
  readonly #unplaced = new Map<AssignmentKey, readonly PlacedChange[]>();

  /** Counts an assignment in, and notes the keys of the resources that it concerns. */
  add(assignment: AssignmentKey, uses: AssignmentUses, touched?: Set<string>): void {
    for (const { change, placement } of uses.changes) {
      if (placement.kind === 'none') continue;
      this.#usage(placement.key, placement.resource).addChange(assignment, change);
      touched?.add(placement.key);
    }
    const unplaced = uses.changes.filter(({ placement }) => placement.kind === 'none');
    if (unplaced.length > 0) this.#unplaced.set(assignment, unplaced);
    if (uses.want !== undefined) {
      this.#usage(uses.want.resourceKey, uses.want.resource).want(assignment, uses.want);
      touched?.add(uses.want.resourceKey);
    }
    for (const hold of uses.holds) {
      this.#usage(hold.resourceKey, hold.resource).hold(hold);
      touched?.add(hold.resourceKey);
    }
  }

  /** Takes out what {@link add} counted in. */
  remove(assignment: AssignmentKey, uses: AssignmentUses, touched: Set<string>): void {
    const concerned = new Set<string>();
    for (const { placement } of uses.changes) {
      if (placement.kind === 'none') continue;
      this.#resources.get(placement.key)?.dropChanges(assignment);
      concerned.add(placement.key);
    }
    if (uses.changes.length > 0) this.#unplaced.delete(assignment);
    if (uses.want !== undefined) {
      this.#resources.get(uses.want.resourceKey)?.unwant(assignment, uses.want);
      concerned.add(uses.want.resourceKey);
    }
    for (const hold of uses.holds) {
      this.#resources.get(hold.resourceKey)?.release(hold);
      concerned.add(hold.resourceKey);
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
    const place: ComputePlace | undefined = nodes.place(key);
    const usage = this.#resources.get(key);
    if (usage !== undefined) return usage.plan(key, place?.nodes ?? [], protectedIdentities);
    return place === undefined
      ? undefined
      : new ResourceUsage(place.resource).plan(key, place.nodes, protectedIdentities);
  }

  /** Changes that belong to no resource, in order of their assignment's key. */
  unplaced(): readonly PlacedChange[] {
    return [...this.#unplaced].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, changes]) => changes);
  }

  #usage(key: string, resource: ResourceUsage['resource']): ResourceUsage {
    let usage = this.#resources.get(key);
    if (usage === undefined) {
      usage = new ResourceUsage(resource);
      this.#resources.set(key, usage);
    }
    return usage;
  }
}
