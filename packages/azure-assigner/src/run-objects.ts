/**
 * What one run writes to the cluster: the objects of the assignments on one compute resource.
 *
 * @module
 */
import { objectKey, type AzureAssignedIdentity } from '@aad-pod-identity/core';
import type {
  AttachedBy,
  Attachment,
  ResourceIdentities,
  ResourcePlan,
  StandingAssignment,
} from '@aad-pod-identity/matcher';
import { saysWhoAttached } from './assignment-object.js';
import { messageOf } from './reconcile-failure.js';
import type { ReconcileOptions } from './reconcile-options.js';
import type { ResourceState } from './resource-state.js';
import { isEnding, type RunProblems } from './run-problems.js';
import type { FailedAttachments } from './run-report.js';
import type { Urgency } from './write-lanes.js';
import { writtenChanges, type WrittenChange } from './written-change.js';

/** Writes objects, and remembers which of them stand. What fails is noted, and tried again later. */
export class RunObjects {
  readonly #options: ReconcileOptions;
  readonly #plan: ResourcePlan;
  readonly #state: ResourceState;
  readonly #problems: RunProblems;
  /** The objects of the assignments that wait, by assignment. */
  readonly #objects = new Map<string, AzureAssignedIdentity>();
  /** Identities of which at least one object tells by now who attached them. */
  readonly #noted = new Set<string>();
  /** Changes that stand. */
  readonly #written = new Set<WrittenChange>();

  constructor(options: ReconcileOptions, plan: ResourcePlan, state: ResourceState, problems: RunProblems) {
    this.#options = options;
    this.#plan = plan;
    this.#state = state;
    this.#problems = problems;
  }

  /** Whether an object tells who attached the identity: a restart must not take ours for somebody else's. */
  tells(identityKey: string): boolean {
    return this.#noted.has(identityKey);
  }

  /**
   * Writes the objects of assignments that wait, as far as this run did not write them already. Who attached an
   * identity that no object tells of is known from what this process did, or shows in what the resource has; where neither is
   * known, the object says nothing yet.
   */
  async write(
    urgency: Urgency,
    attachments: readonly Attachment[],
    identities?: ResourceIdentities,
  ): Promise<void> {
    const items = attachments
      .flatMap((attachment) =>
        writtenChanges([attachment]).map((change) => ({ key: change.key, change, attachment })),
      )
      .filter(({ change }) => !this.#written.has(change));
    await this.#each(
      'write',
      urgency,
      items,
      async ({ change, attachment: { identity, attachedBy: noted } }) => {
        const attachedBy = noted === 'unknown' ? this.#seenAttachedBy(identity.key, identities) : noted;
        await this.#writeOne(change, attachedBy);
        this.#written.add(change);
        this.#noted.add(identity.key);
        if (attachedBy === 'mic') this.#state.claim(identity.key);
      },
    );
  }

  /**
   * Writes so much that of each identity an object tells who attached it: nothing is attached before, and what told it
   * so far may go after. The other objects can be written while Azure works.
   */
  async announce(attachments: readonly Attachment[], identities?: ResourceIdentities): Promise<void> {
    const parts = attachments.map(parted);
    await this.write(
      'blocking',
      parts.map(({ first }) => first),
      identities,
    );
    const left = parts.filter(({ first }) => !this.tells(first.identity.key));
    await this.write(
      'blocking',
      left.map(({ further }) => further),
      identities,
    );
  }

  /** One for each object of these assignments that is to be written now. */
  missingOf(attachment: Attachment): readonly Attachment[] {
    const { objects } = this.#state;
    return writtenChanges([attachment])
      .filter(({ action, key }) => action !== 'retry' && !objects.holds(`write ${key}`))
      .map((change) => ({ ...attachment, changes: [change] }));
  }

  /** NMI may serve the identities that these assignments waited for. */
  async assign(ready: readonly Attachment[]): Promise<void> {
    const { writer, events } = this.#options;
    await this.#each('assign', 'serving', writtenChanges(ready), async ({ key, grant }) => {
      const object = this.#objects.get(key);
      if (object === undefined) return;
      if (await this.#withStatusEvent(object, () => writer.assign(object, this.#plan.resource)))
        events.applied(grant);
    });
  }

  /** These are `Assigned`, but their identity is not there: NMI is not to serve it until it is attached again. */
  async reopen(standing: readonly StandingAssignment[]): Promise<void> {
    const { writer } = this.#options;
    const objects = standing.map(({ assigned }) => assigned);
    await this.#each('reopen', 'blocking', keyed(objects), ({ assigned }) =>
      this.#withStatusEvent(assigned, () => writer.reopen(assigned, this.#plan.resource)),
    );
  }

  /** Says on the objects themselves why they wait. Comes last: no assignment waits for it. */
  async report(failed: readonly FailedAttachments[]): Promise<void> {
    for (const { waiting, failure } of failed) {
      await this.#each('report', 'telling', writtenChanges(waiting), async ({ key }) => {
        const object = this.#objects.get(key);
        if (object !== undefined) await this.#options.writer.report(object, this.#plan.resource, failure);
      });
    }
  }

  /** NMI is to deny these from now on. @returns whether all of them were written */
  unassign(leaving: readonly AzureAssignedIdentity[]): Promise<boolean> {
    return this.#each('unassign', 'blocking', keyed(leaving), ({ assigned }) =>
      this.#options.writer.unassign(assigned),
    );
  }

  /** Keeps what objects remember that somebody deleted although they are wanted. */
  async rescue(deleted: readonly AzureAssignedIdentity[]): Promise<void> {
    await this.#each('rescue', 'blocking', keyed(deleted), ({ assigned }) =>
      this.#options.writer.rescue(assigned),
    );
  }

  /** Nothing is left to be done for these. */
  async remove(done: readonly AzureAssignedIdentity[]): Promise<void> {
    const { writer, events } = this.#options;
    await this.#each('remove', 'telling', keyed(done), async ({ assigned }) => {
      if (await writer.remove(assigned)) events.removed(assigned);
    });
  }

  /**
   * Does `work` for each item but those that failed a while ago.
   *
   * @returns whether it is done for all
   */
  async #each<T extends { readonly key: string }>(
    verb: string,
    urgency: Urgency,
    items: readonly T[],
    work: (item: T) => Promise<void>,
  ): Promise<boolean> {
    const { objects } = this.#state;
    const due = items.filter(({ key }) => !objects.holds(`${verb} ${key}`));
    const done = await this.#problems.each(urgency, due, async (item) => {
      const key = `${verb} ${item.key}`;
      try {
        await work(item);
        objects.worked(key);
      } catch (error) {
        if (!isEnding(error)) objects.failed(key);
        throw error;
      }
    });
    return done && due.length === items.length;
  }

  #seenAttachedBy(identityKey: string, identities: ResourceIdentities | undefined): AttachedBy {
    if (this.#state.isOurs(identityKey)) return 'mic';
    if (identities === undefined) return 'unknown';
    return identities.userAssigned.has(identityKey) ? 'others' : 'mic';
  }

  async #writeOne(change: WrittenChange, attachedBy: AttachedBy): Promise<void> {
    const { writer } = this.#options;
    if (change.action !== 'retry') {
      const placement = { resource: this.#plan.resource, attachedBy };
      this.#objects.set(change.key, await writer.write(change, placement));
      return;
    }
    if (!saysWhoAttached(change.current) && attachedBy !== 'unknown')
      await writer.settle(change.current, attachedBy);
    this.#objects.set(change.key, change.current);
  }

  async #withStatusEvent<T>(assigned: AzureAssignedIdentity, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (!isEnding(error)) this.#options.events.statusFailed(assigned, messageOf(error));
      throw error;
    }
  }
}

interface KeyedObject {
  readonly key: string;
  readonly assigned: AzureAssignedIdentity;
}

function keyed(objects: readonly AzureAssignedIdentity[]): readonly KeyedObject[] {
  return objects.map((assigned) => ({ key: objectKey(assigned), assigned }));
}

/** Those of an identity's objects that stand already, or else the first, and the others. */
function parted(attachment: Attachment): { readonly first: Attachment; readonly further: Attachment } {
  const changes = writtenChanges([attachment]);
  const stands = changes.some(({ action }) => action === 'retry');
  const isFirst = (change: WrittenChange): boolean =>
    stands ? change.action === 'retry' : change === changes[0];
  return {
    first: { ...attachment, changes: changes.filter(isFirst) },
    further: { ...attachment, changes: changes.filter((change) => !isFirst(change)) },
  };
}
