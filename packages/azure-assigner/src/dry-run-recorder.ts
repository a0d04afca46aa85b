/**
 * A cluster and an Azure that only take note of what is done to them.
 *
 * @module
 */
import {
  computeResourceKey,
  decodeAzureAssignedIdentity,
  encodeAssignedIdentity,
  objectKey,
  type AssignedIdentityInput,
  type AzureAssignedIdentity,
  type ComputeResource,
} from '@aad-pod-identity/core';
import {
  notedResource,
  readResourceIdentities,
  type AssignmentIndex,
  type IdentityPatch,
  type ResourceIdentities,
} from '@aad-pod-identity/matcher';
import type { AssignedIdentities } from './assignment-writer.js';
import type { Cluster } from './cluster.js';
import type { Compute, ComputeFailure } from './compute.js';
import type { DryRunStep, NotedStep } from './dry-run-report.js';

/** What was noted of one compute resource. */
export interface RecordedResource {
  readonly attached: Set<string>;
  readonly detached: Set<string>;
  patches: number;
  failure: ComputeFailure | undefined;
}

/** What a dry run works on in place of the cluster and Azure. */
export class DryRunRecorder {
  readonly steps: NotedStep[] = [];
  readonly #index: AssignmentIndex;
  readonly #compute: Compute;
  readonly #isGone: (resourceID: string) => boolean;
  readonly #overlay = new Map<string, AzureAssignedIdentity>();
  readonly #resources = new Map<string, RecordedResource>();
  readonly #identities = new Map<string, ResourceIdentities>();
  /** The objects as they would be by now. */
  readonly assigned: AssignedIdentities;

  /**
   * @param index - comes to know what would be written, as a run goes by it; of no other use afterwards
   * @param isGone - whether Azure has no such identity, so that it would reject a PATCH with it
   */
  constructor(
    index: AssignmentIndex,
    compute: Compute,
    assigned: Pick<AssignedIdentities, 'get'>,
    isGone: (resourceID: string) => boolean,
  ) {
    this.#index = index;
    this.#compute = compute;
    this.#isGone = isGone;
    this.assigned = {
      get: (key) => this.#overlay.get(key) ?? assigned.get(key),
      wrote: (object) => {
        this.#overlay.set(objectKey(object), object);
        index.apply({ type: 'upsert', kind: 'AzureAssignedIdentity', object });
      },
      removed: () => undefined,
    };
  }

  /** What was noted of the resource of that key. */
  resource(key: string): RecordedResource {
    const known = this.#resources.get(key);
    if (known !== undefined) return known;
    const made = { attached: new Set<string>(), detached: new Set<string>(), patches: 0, failure: undefined };
    this.#resources.set(key, made);
    return made;
  }

  /** The cluster. Events are left out: what they would tell stands in the report in its own words. */
  readonly cluster: Cluster = {
    create: async (input) => this.#note('create', asIfWritten(input)),
    find: async (namespace, name) => this.assigned.get(objectKey({ namespace, name })),
    replace: async (input) => this.#note('rewrite', asIfWritten(input)),
    update: async (object, { status, annotations = {} }) =>
      this.#note(stepTo(object, status), {
        ...object,
        status,
        annotations: withChanges(object.annotations, annotations),
      }),
    remove: async (object) => {
      this.#note('delete', object);
      return true;
    },
    event: () => undefined,
  };

  /** Azure: read as it is, with the patches that it would have got by now. */
  readonly compute: Compute = {
    get: async (resource, signal) => {
      const outcome = await this.#compute.get(resource, signal);
      const key = computeResourceKey(resource);
      if (outcome.ok) this.#identities.set(key, outcome.identities);
      else this.resource(key).failure = outcome.failure;
      return outcome;
    },
    patch: async (resource, patch, attach) => {
      const identities = attach.filter((id) => this.#isGone(id));
      if (identities.length > 0) {
        const message = 'Azure has no identity of this name';
        return { ok: false, failure: { kind: 'poison', identities, message } };
      }
      return { ok: true, identities: this.#patched(resource, patch) };
    },
  };

  #note(step: DryRunStep, object: AzureAssignedIdentity): AzureAssignedIdentity {
    const resource =
      object.spec.azureIdentityRef.resource === undefined
        ? undefined
        : (notedResource(object) ?? this.#index.resourceOfNode(object.spec.nodeName));
    this.steps.push({ step, object, resource });
    return object;
  }

  #patched(
    resource: ComputeResource,
    { type, userAssignedIdentities = {} }: IdentityPatch,
  ): ResourceIdentities {
    const key = computeResourceKey(resource);
    const before = this.#identities.get(key) ?? readResourceIdentities({});
    const noted = this.resource(key);
    noted.patches++;
    const keeps = type.endsWith('UserAssigned') ? before.userAssigned : new Map<string, never>();
    const userAssigned = new Map(keeps);
    for (const id of before.userAssigned.keys()) if (!keeps.has(id)) noted.detached.add(id);
    for (const [resourceID, value] of Object.entries(userAssignedIdentities)) {
      const id = resourceID.toLowerCase();
      if (value === null) {
        userAssigned.delete(id);
        noted.detached.add(id);
      } else {
        if (!userAssigned.has(id)) noted.attached.add(id);
        userAssigned.set(id, { resourceID, stale: false });
      }
    }
    const identities = { ...before, userAssigned };
    this.#identities.set(key, identities);
    return identities;
  }
}

function stepTo(object: AzureAssignedIdentity, status: AzureAssignedIdentity['status']): DryRunStep {
  if (status === object.status) return 'annotate';
  return status === 'Assigned' ? 'assign' : status === 'Unassigned' ? 'unassign' : 'reopen';
}

function withChanges(
  annotations: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries({ ...annotations, ...changes }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}

function asIfWritten(input: AssignedIdentityInput): AzureAssignedIdentity {
  const decoded = decodeAzureAssignedIdentity(encodeAssignedIdentity(input));
  if (!decoded.ok) throw new Error(`the object ${objectKey(input)} cannot be written`);
  return decoded.value;
}
