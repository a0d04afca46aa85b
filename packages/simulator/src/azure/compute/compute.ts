/**
 * The compute provider's state: virtual machines, scale sets, their identities, and the operations on them.
 *
 * Nothing runs in the background: an operation that has had its time is completed when somebody next looks, so that
 * the same code serves real and virtual time.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Random } from '../../random.js';
import { ArmFailure } from '../arm-failure.js';
import { computeId, idKey, isWithin } from '../resource-id.js';
import type { UserAssignedIdentities } from '../user-assigned-identities.js';
import {
  machinesOf,
  typeOf,
  type ComputeResource,
  type Machine,
  type ScaleSet,
  type VirtualMachine,
} from './compute-resource.js';
import {
  applyIdentityPatch,
  type IdentityBlock,
  type IdentityPatch,
  type SystemAssignedIdentity,
} from './identity-block.js';
import type { Operation, OperationFailure } from './operation.js';

/** How long an update takes until it is complete, in milliseconds. */
export interface UpdateDurations {
  readonly virtualMachine: number;
  readonly scaleSet: number;
}

/** What every new compute resource is made from. */
export interface NewComputeResource {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  readonly location: string;
  readonly vmSize?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The identities that it begins with. */
  readonly systemAssigned?: boolean;
  /** Resource IDs of identities that exist. */
  readonly userAssigned?: readonly string[];
}

/** What {@link Compute} needs. */
export interface ComputeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly tenantId: string;
  readonly identities: UserAssignedIdentities;
  readonly durations: UpdateDurations;
}

/** The virtual machines and scale sets of the simulated Azure. */
export class Compute {
  /** How long updates take from now on. */
  durations: UpdateDurations;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tenantId: string;
  readonly #identities: UserAssignedIdentities;
  readonly #resources = new Map<string, ComputeResource>();
  readonly #operations = new Map<string, Operation>();
  readonly #running = new Map<string, Operation>();
  readonly #failures = new Map<string, OperationFailure[]>();

  constructor(options: ComputeOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#tenantId = options.tenantId;
    this.#identities = options.identities;
    this.durations = options.durations;
  }

  /** Creates a virtual machine, ready at once. */
  addVirtualMachine(options: NewComputeResource): VirtualMachine {
    return this.#add({
      ...this.#base(options, 'virtualMachine'),
      kind: 'virtualMachine',
      vmId: this.#random.uuid(),
    });
  }

  /** Creates a scale set with `instances` machines, ready at once. */
  addScaleSet(options: NewComputeResource & { readonly instances: number }): ScaleSet {
    const base = this.#base(options, 'scaleSet');
    const scaleSet: ScaleSet = {
      ...base,
      kind: 'scaleSet',
      uniqueId: this.#random.uuid(),
      instances: new Map(),
    };
    for (let count = 0; count < options.instances; count++) this.addInstance(scaleSet);
    return this.#add(scaleSet);
  }

  /** Adds a machine to a scale set, with the next free number. Its computer name ends in the number to base 36. */
  addInstance(scaleSet: ScaleSet): Machine {
    const numbers = [...scaleSet.instances.keys()].map(Number);
    const number = numbers.length === 0 ? 0 : Math.max(...numbers) + 1;
    const instanceId = String(number);
    scaleSet.instances.set(instanceId, {
      instanceId,
      name: `${scaleSet.name}_${instanceId}`,
      computerName: `${scaleSet.name}${number.toString(36).padStart(6, '0')}`,
      vmId: this.#random.uuid(),
    });
    return machinesOf(scaleSet).find((machine) => machine.instanceId === instanceId) as Machine;
  }

  /** The resource with this ID, in any casing. */
  get(id: string): ComputeResource | undefined {
    const resource = this.#resources.get(idKey(id));
    if (resource !== undefined) this.#settle(resource);
    return resource;
  }

  /** The resources within a scope, by ID. */
  list(scope = '/'): ComputeResource[] {
    const found = [...this.#resources.values()].filter(({ id }) => isWithin(id, scope));
    for (const resource of found) this.#settle(resource);
    return found.sort((a, b) => (idKey(a.id) < idKey(b.id) ? -1 : 1));
  }

  /** The machine with this ID: a virtual machine, or an instance of a scale set. */
  machine(id: string): Machine | undefined {
    const key = idKey(id);
    const owner = /^(.*\/virtualmachinescalesets\/[^/]+)\/virtualmachines\/[^/]+$/.exec(key)?.[1] ?? key;
    const resource = this.get(owner);
    return resource && machinesOf(resource).find((machine) => idKey(machine.id) === key);
  }

  /** Deletes a resource at once, which ends an update that is under way; `false` where there is none. */
  delete(id: string): boolean {
    const resource = this.get(id);
    const running = this.#running.get(idKey(id));
    if (resource !== undefined && running !== undefined) {
      running.failure = preempted;
      running.due = this.#clock.monotonic();
      this.#settle(resource);
    }
    return this.#resources.delete(idKey(id));
  }

  /**
   * Starts an update. ARM shows the new identities at once; the machines can use them when the operation is complete.
   * Throws {@link ArmFailure} where the update is refused.
   */
  beginUpdate(
    resource: ComputeResource,
    patch: { identity?: IdentityPatch; tags?: Record<string, string> },
  ): Operation {
    this.#settle(resource);
    if (resource.provisioningState === 'Deleting') throw markedForDeletion(resource);
    if (this.#running.has(idKey(resource.id))) throw conflict();
    const before = resource.identity;
    if (patch.identity !== undefined) resource.identity = this.#patched(resource, patch.identity);
    if (patch.tags !== undefined) resource.tags = patch.tags;
    resource.provisioningState = 'Updating';
    resource.generation++;
    const failure = this.#failures.get(idKey(resource.id))?.shift();
    const operation: Operation = {
      id: this.#random.uuid(),
      resource,
      startedAt: this.#clock.now(),
      due: this.#clock.monotonic() + this.durations[resource.kind],
      before,
      status: 'InProgress',
      ...(failure && { failure }),
    };
    this.#operations.set(operation.id, operation);
    this.#running.set(idKey(resource.id), operation);
    this.#settle(resource);
    return operation;
  }

  /** The operation with this ID. */
  operation(id: string): Operation | undefined {
    const operation = this.#operations.get(id.toLowerCase());
    if (operation !== undefined) this.#settle(operation.resource);
    return operation;
  }

  /** Makes the next accepted update of this resource fail when its time is over. */
  failNextUpdate(id: string, failure: OperationFailure): void {
    this.#failures.set(idKey(id), [...(this.#failures.get(idKey(id)) ?? []), failure]);
  }

  #patched(resource: ComputeResource, patch: IdentityPatch): IdentityBlock {
    const missing = patch.attach.filter((id) => this.#identities.get(id) === undefined);
    if (missing.length > 0) {
      throw failedIdentityOperation(
        resource,
        missing.map((id) => `Resource '${id}' was not found.`).join(' '),
      );
    }
    const patched = applyIdentityPatch(resource.identity, patch, this.#identities, () =>
      this.#newSystemAssigned(),
    );
    if (patch.userAssigned && patched.userAssigned.size === 0) {
      throw failedIdentityOperation(
        resource,
        'The request format was unexpected : Request requires identities to be assigned.',
      );
    }
    return patched;
  }

  #settle(resource: ComputeResource): void {
    const operation = this.#running.get(idKey(resource.id));
    if (operation === undefined || this.#clock.monotonic() < operation.due) return;
    this.#running.delete(idKey(resource.id));
    operation.endedAt = this.#clock.now();
    operation.status = operation.failure === undefined ? 'Succeeded' : 'Failed';
    resource.provisioningState = operation.status;
    if (operation.failure !== undefined) resource.identity = operation.before;
    resource.effectiveIdentity = resource.identity;
  }

  #add<T extends ComputeResource>(resource: T): T {
    if (this.#resources.has(idKey(resource.id))) throw new TypeError(`${resource.id} exists already`);
    this.#resources.set(idKey(resource.id), resource);
    return resource;
  }

  #base(options: NewComputeResource, kind: ComputeResource['kind']): Omit<VirtualMachine, 'kind' | 'vmId'> {
    const { subscriptionId, resourceGroup, name, location } = options;
    const patch: IdentityPatch = {
      systemAssigned: options.systemAssigned ?? false,
      userAssigned: true,
      attach: options.userAssigned ?? [],
      detach: [],
    };
    const missing = patch.attach.find((id) => this.#identities.get(id) === undefined);
    if (missing !== undefined)
      throw new TypeError(`${name} is to have the identity ${missing}, which does not exist`);
    const empty: IdentityBlock = { userAssigned: new Map() };
    const identity = applyIdentityPatch(empty, patch, this.#identities, () => this.#newSystemAssigned());
    return {
      id: computeId(subscriptionId, resourceGroup, typeOf(kind), name),
      subscriptionId,
      resourceGroup,
      name,
      location,
      vmSize: options.vmSize ?? 'Standard_D2s_v3',
      tags: options.tags ?? {},
      identity,
      effectiveIdentity: identity,
      provisioningState: 'Succeeded',
      generation: 1,
      createdAt: this.#clock.now(),
    };
  }

  #newSystemAssigned(): SystemAssignedIdentity {
    return { principalId: this.#random.uuid(), clientId: this.#random.uuid(), tenantId: this.#tenantId };
  }
}

const preempted: OperationFailure = {
  code: 'OperationPreempted',
  message: 'Operation execution has been preempted by a more recent operation.',
};

function conflict(): ArmFailure {
  return new ArmFailure(
    409,
    'Conflict',
    'The request failed due to conflict with a concurrent request. To resolve it, please refer to https://aka.ms/activitylog to get more details on the conflicting requests.',
  );
}

function markedForDeletion({ kind, name }: ComputeResource): ArmFailure {
  const what = kind === 'virtualMachine' ? 'VM' : 'VM scale set';
  return new ArmFailure(
    409,
    'OperationNotAllowed',
    `Operation 'Update ${what}' is not allowed on ${what} '${name}' since the ${what} is marked for deletion. You can only retry the Delete operation (or wait for an ongoing one to complete).`,
  );
}

function failedIdentityOperation(resource: ComputeResource, cause: string): ArmFailure {
  const response = JSON.stringify({ error: { code: 'BadRequest', message: cause } });
  return new ArmFailure(
    400,
    'FailedIdentityOperation',
    `Identity operation for resource '${resource.id}' failed with error 'Failed to perform resource identity operation. Status: 'BadRequest'. Response: '${response}'.'.`,
  );
}
