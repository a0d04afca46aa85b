/**
 * What MIC would do, as sentences: the same work over a cluster and an Azure that only take note of it.
 *
 * @module
 */
import {
  decodeAzureAssignedIdentity,
  encodeAssignedIdentity,
  objectKey,
  type AssignedIdentityInput,
  type AzureAssignedIdentity,
  type Clock,
} from '@aad-pod-identity/core';
import {
  readResourceIdentities,
  type AssignmentIndex,
  type IdentityPatch,
  type MatchPolicy,
  type ResourceIdentities,
} from '@aad-pod-identity/matcher';
import { AssignmentWriter, describeAssignment, type AssignedIdentities } from './assignment-writer.js';
import type { Cluster } from './cluster.js';
import type { Compute, ComputeOutcome } from './compute.js';
import { ReconcileEvents } from './reconcile-events.js';
import { messageOf } from './reconcile-failure.js';
import { ResourceReconciler } from './resource-reconciler.js';
import { reconcileUnplaced } from './unplaced-reconciler.js';

/** Options of {@link dryRun}. */
export interface DryRunOptions {
  readonly index: AssignmentIndex;
  readonly compute: Compute;
  readonly assigned: Pick<AssignedIdentities, 'get'>;
  readonly policy: MatchPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Plans everything once, reading from Azure what has to be known, and changes nothing anywhere.
 *
 * @returns what would be done, one sentence each, in order; grace periods are taken for over
 */
export async function dryRun(options: DryRunOptions): Promise<readonly string[]> {
  const { index, policy, clock, signal } = options;
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const overlay = new Map<string, AzureAssignedIdentity>();
  const assigned: AssignedIdentities = {
    get: (key) => overlay.get(key) ?? options.assigned.get(key),
    wrote: (object) => void overlay.set(objectKey(object), object),
    removed: () => undefined,
  };
  const cluster = notingCluster(say, assigned);
  const writer = new AssignmentWriter({ cluster, index, assigned, policy, clock });
  const events = new ReconcileEvents(cluster);
  const reconciler = new ResourceReconciler({
    index,
    compute: notingCompute(options.compute, say),
    writer,
    events,
    clock,
    graceMs: 0,
    reconcileMs: Number.POSITIVE_INFINITY,
    batch: 1,
  });
  const run = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      say(`cannot plan further for ${what}: ${messageOf(error)}`);
    }
  };
  for (const key of [...index.resources()].sort()) await run(key, () => reconciler.run(key, signal));
  await run('service principals and nodes that are gone', () =>
    reconcileUnplaced({ index, writer, events, batch: 1 }),
  );
  return lines;
}

function notingCluster(say: (line: string) => void, assigned: AssignedIdentities): Cluster {
  const note = (verb: string, object: AzureAssignedIdentity): AzureAssignedIdentity => {
    say(`would ${verb} ${objectKey(object)}: ${describeAssignment(object)} on node ${object.spec.nodeName}`);
    return object;
  };
  return {
    create: async (input) => note('create', asIfWritten(input)),
    find: async (namespace, name) => assigned.get(objectKey({ namespace, name })),
    replace: async (input) => note('rewrite', asIfWritten(input)),
    update: async (object, { status }) => note(`set ${status} on`, { ...object, status }),
    remove: async (object) => {
      note('delete', object);
      return true;
    },
    event: (subject, type, _reason, message) => {
      if (type === 'Warning') say(`${subject.kind} ${subject.namespace}/${subject.name}: ${message}`);
    },
  };
}

function asIfWritten(input: AssignedIdentityInput): AzureAssignedIdentity {
  const decoded = decodeAzureAssignedIdentity(encodeAssignedIdentity(input));
  if (!decoded.ok) throw new Error(`the object ${objectKey(input)} cannot be written`);
  return decoded.value;
}

function notingCompute(compute: Compute, say: (line: string) => void): Compute {
  const seen = new Map<string, ResourceIdentities>();
  const keyOf = (resource: { readonly name: string }): string => JSON.stringify(resource);
  return {
    async get(resource, signal) {
      const outcome = await compute.get(resource, signal);
      if (outcome.ok) seen.set(keyOf(resource), outcome.identities);
      return outcome;
    },
    async patch(resource, patch): Promise<ComputeOutcome> {
      const before = seen.get(keyOf(resource)) ?? readResourceIdentities({});
      const identities = patched(before, patch);
      const added = [...identities.userAssigned.keys()].filter((key) => !before.userAssigned.has(key));
      const removed = [...before.userAssigned.keys()].filter((key) => !identities.userAssigned.has(key));
      const where = `${resource.type}/${resource.name} in ${resource.resourceGroup}`;
      for (const key of added) say(`would attach ${key} to ${where}`);
      for (const key of removed) say(`would detach ${key} from ${where}`);
      seen.set(keyOf(resource), identities);
      return { ok: true, identities };
    },
  };
}

/** What the resource would have after the PATCH. */
function patched(
  before: ResourceIdentities,
  { type, userAssignedIdentities = {} }: IdentityPatch,
): ResourceIdentities {
  const userAssigned = new Map(type.endsWith('UserAssigned') ? before.userAssigned : []);
  for (const [resourceID, value] of Object.entries(userAssignedIdentities)) {
    if (value === null) userAssigned.delete(resourceID.toLowerCase());
    else userAssigned.set(resourceID.toLowerCase(), { resourceID, stale: false });
  }
  return { ...before, userAssigned };
}
