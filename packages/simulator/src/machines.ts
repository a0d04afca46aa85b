/**
 * The machines of the simulated Azure with what stands for each outside it: an IMDS on the wire, a node in the cluster.
 *
 * @module
 */
import type { AzureListeners } from './azure/azure-listeners.js';
import type { Compute } from './azure/compute/compute.js';
import {
  machinesOf,
  type ComputeResource,
  type Machine,
  type ScaleSet,
  type VirtualMachine,
} from './azure/compute/compute-resource.js';
import type { Populator } from './azure/populate.js';
import { nodeName } from './nodes/node-object.js';
import type { Nodes } from './nodes/nodes.js';
import type { ScaleSetSeed, VirtualMachineSeed } from './world-seed.js';

/** What {@link Machines} works with. */
export interface MachinesOptions {
  readonly compute: Compute;
  readonly populator: Populator;
  readonly listeners: AzureListeners;
  readonly nodes: Nodes;
  /** Where the IMDS of a node listens. */
  readonly imdsAddress: (nodeName: string) => { readonly host: string; readonly port: number };
}

/** Adds and removes machines while everything runs. */
export class Machines {
  readonly #options: MachinesOptions;
  /** By node name: the ID of the machine that has it. */
  readonly #opened = new Map<string, string>();
  #addresses = 0;

  constructor(options: MachinesOptions) {
    this.#options = options;
  }

  /** Creates a virtual machine; resolves once its IMDS listens and its node is there. */
  async addVirtualMachine(seed: VirtualMachineSeed): Promise<VirtualMachine> {
    const resource = this.#options.populator.virtualMachine(seed);
    await this.#open(resource, seed.node ?? true);
    return resource;
  }

  /** Creates a scale set; resolves once the IMDS of each instance listens and their nodes are there. */
  async addScaleSet(seed: ScaleSetSeed): Promise<ScaleSet> {
    const resource = this.#options.populator.scaleSet(seed);
    await this.#open(resource, seed.node ?? true);
    return resource;
  }

  /** Adds a machine to a scale set. */
  async addInstance(scaleSetId: string): Promise<Machine> {
    const scaleSet = this.#options.compute.get(scaleSetId);
    if (scaleSet?.kind !== 'scaleSet') throw new TypeError(`there is no scale set ${scaleSetId}`);
    const machine = this.#options.compute.addInstance(scaleSet);
    await this.#openMachine(machine, true);
    return machine;
  }

  /** Deletes a virtual machine, an instance or a whole scale set; `false` where there is none of this ID. */
  async remove(id: string): Promise<boolean> {
    const { compute } = this.#options;
    const resource = compute.get(id);
    const machine = compute.machine(id);
    if (resource !== undefined) {
      compute.delete(id);
      await Promise.all(machinesOf(resource).map(async (one) => this.#close(one)));
      return true;
    }
    if (machine?.resource.kind !== 'scaleSet' || machine.instanceId === undefined) return false;
    machine.resource.instances.delete(machine.instanceId);
    await this.#close(machine);
    return true;
  }

  /** Where a machine cannot be had, the whole resource is taken back. */
  async #open(resource: ComputeResource, node: boolean): Promise<void> {
    try {
      for (const machine of machinesOf(resource)) await this.#openMachine(machine, node);
    } catch (error) {
      await this.remove(resource.id);
      throw error;
    }
  }

  async #openMachine(machine: Machine, node: boolean): Promise<void> {
    const { listeners, nodes, imdsAddress } = this.#options;
    const name = nodeName(machine);
    if (this.#opened.has(name)) throw new TypeError(`there is a machine with the node name ${name} already`);
    this.#opened.set(name, machine.id);
    const number = this.#addresses++;
    const privateIpAddress = `10.240.${Math.floor(number / 250)}.${(number % 250) + 4}`;
    await listeners.openImds(name, machine, { ...imdsAddress(name), privateIpAddress });
    if (node) nodes.add(machine, privateIpAddress);
  }

  async #close(machine: Machine): Promise<void> {
    const name = nodeName(machine);
    if (this.#opened.get(name) !== machine.id) return;
    this.#opened.delete(name);
    this.#options.nodes.remove(name);
    await this.#options.listeners.closeImds(name);
  }
}
