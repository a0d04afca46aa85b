import { VirtualClock } from '@aad-pod-identity/core';
import {
  Azure,
  createKubernetesApi,
  createRandom,
  realComputeLimits,
  type Caller,
  type KubernetesApi,
  type KubernetesObject,
  type Random,
} from '@aad-pod-identity/simulator';
import type { Config } from '../story/config.js';
import { azureIdentities } from '../story/config.js';
import { ArmFaults } from './arm-faults.js';
import type { ArmObserver } from './arm-wire.js';
import type { Target } from './api-server.js';
import type { KubernetesObserver } from './kubernetes-wire.js';
import { MicProcess } from './mic-process.js';
import {
  azureIdentityId,
  computePlaces,
  createAzureIdentity,
  subscriptions,
  type ComputePlace,
} from './places.js';
import type { Delays } from './wired-process.js';

/** Who looks on. */
export interface WorldObserver {
  readonly kubernetes: KubernetesObserver;
  readonly arm: ArmObserver;
  /** A process has come, or has gone. */
  started(process: MicProcess): void;
  ended(process: MicProcess): void;
  /** A process works on and on without any time passing. */
  spins(process: MicProcess): void;
  /** People change an AzureAssignedIdentity that is not theirs; how it was. */
  editedByHand(assigned: KubernetesObject): void;
  /** Somebody who does not take part takes or deletes the lease. */
  leaseTakenAway(): void;
  /** A wall clock jumps. */
  clockJumped(): void;
}

/** What a world is made with. */
export interface WorldOptions {
  readonly config: Config;
  readonly customResourceDefinitions: readonly object[];
  /** Called with each line that tells what happens. */
  readonly trace: (line: string) => void;
  readonly observe: (world: World) => WorldObserver;
}

const tenantId = 'b1b9a972-ccd8-4962-a473-909b97007eb4';
const location = 'westeurope';

/** A cluster, an Azure and the MICs that connect them, in one process and on virtual time. */
export class World {
  readonly config: Config;
  readonly clock: VirtualClock = new VirtualClock(Date.UTC(2026, 0, 1), settle);
  readonly api: KubernetesApi;
  readonly azure: Azure;
  readonly armFaults: ArmFaults = new ArmFaults();
  /** Whose roles let it do what people do. */
  readonly people: Caller;
  readonly mic: Caller;
  readonly trace: (line: string) => void;
  readonly #observer: WorldObserver;
  readonly #random: Random;
  readonly #delays: Delays;
  readonly #processes: (MicProcess | undefined)[] = [];
  readonly #plannedStarts: (() => void)[] = [];
  #starts = 0;

  constructor({ config, customResourceDefinitions, trace, observe }: WorldOptions) {
    this.config = config;
    this.trace = trace;
    this.#random = createRandom(`world ${config.seed}`);
    const { clock } = this;
    const random = this.#random;
    this.api = createKubernetesApi({
      clock,
      random: random.fork('kubernetes'),
      adminToken: 'admin',
      issuer: 'https://issuer.invalid',
    });
    this.azure = new Azure({
      clock,
      random: random.fork('azure'),
      tenantId,
      subscriptionId: subscriptions[0],
      durations: config.durations,
      computeLimits: realComputeLimits,
      pageSize: 50,
    });
    this.#delays = delaysBy(random.fork('delays'));
    for (const crd of customResourceDefinitions)
      this.api.objects.create('customresourcedefinitions.apiextensions.k8s.io', crd);
    for (const name of ['team', 'blue-team']) this.api.objects.create('namespaces', { metadata: { name } });
    this.mic = this.#caller('mic', ['Virtual Machine Contributor']);
    this.people = this.#caller('people', ['Owner']);
    this.#populate();
    this.#observer = observe(this);
    for (let mic = 0; mic < config.replicas; mic++) this.start(mic, false);
  }

  /** The running processes. */
  get processes(): MicProcess[] {
    return this.#processes.filter((process) => process !== undefined);
  }

  /** The process of that replica; `undefined` while it is down. */
  process(mic: number): MicProcess | undefined {
    return this.#processes[mic % this.config.replicas];
  }

  /** Starts a replica where it is down. */
  start(replica: number, newName: boolean): void {
    const mic = replica % this.config.replicas;
    if (this.#processes[mic] !== undefined) return;
    const { api, azure, clock, config, armFaults } = this;
    const name = newName ? `mic-${mic}-${++this.#starts}` : `mic-${mic}`;
    const random = this.#random.fork(`process ${++this.#starts}`);
    const process: MicProcess = new MicProcess({
      name,
      flags: this.#flags(),
      clusterIdentity: config.clusterIdentity === undefined ? '' : azureIdentityId(config.clusterIdentity),
      skewMs: config.skewMs[mic] ?? 0,
      api,
      azure,
      caller: this.mic,
      clock,
      random,
      delays: this.#delays,
      armFaults,
      observer: this.#observer,
      race: (target) => this.#race(target),
      onSpin: () => this.#observer.spins(process),
      log: (line) => this.trace(`  ${name} says${line.slice(line.indexOf('mic ') + 3).trimEnd()}`),
    });
    process.whenGone(() => {
      this.trace(`${name} is gone`);
      this.#processes[mic] = undefined;
      this.#observer.ended(process);
    });
    this.#processes[mic] = process;
    this.trace(`${name} starts`);
    this.#observer.started(process);
  }

  /** Starts a replica after it has been down for that long. */
  startLater(mic: number, downMs: number, newName: boolean): void {
    const start = (): void => {
      this.#plannedStarts.splice(this.#plannedStarts.indexOf(start), 1);
      cancel();
      this.start(mic, newName);
    };
    this.#plannedStarts.push(start);
    const cancel = this.clock.after(downMs, start);
  }

  /** Nobody is down any longer. */
  startAll(): void {
    for (const start of [...this.#plannedStarts]) start();
    for (let mic = 0; mic < this.config.replicas; mic++) this.start(mic, false);
  }

  editedByHand(assigned: KubernetesObject): void {
    this.#observer.editedByHand(assigned);
  }

  leaseTakenAway(): void {
    this.#observer.leaseTakenAway();
  }

  clockJumped(): void {
    this.#observer.clockJumped();
  }

  /** What people ask of ARM. @returns the status */
  arm(method: 'PATCH', id: string, body: object): number {
    const target = `${id}?api-version=2025-04-01`;
    return this.azure.arm({ method, target, headers: {}, body: JSON.stringify(body) }, this.people).status;
  }

  /** Creates a VM or scale set, as new. */
  createPlace(number: number): void {
    const place = computePlaces[number] as ComputePlace;
    const { systemAssigned = false, identities = [] } = this.config.places[number] ?? {};
    const userAssigned = identities
      .map(azureIdentityId)
      .filter((id) => this.azure.identities.get(id) !== undefined);
    const { subscriptionId, resourceGroup, name } = place;
    const seed = { subscriptionId, resourceGroup, name, location, systemAssigned, userAssigned };
    if (place.type === 'virtualMachines') this.azure.compute.addVirtualMachine(seed);
    else this.azure.compute.addScaleSet({ ...seed, instances: 4 });
  }

  #flags(): string[] {
    const { graceMs, forceNamespaced, immutable } = this.config;
    return [
      `--unassign-grace-period=${graceMs}ms`,
      `--forceNamespaced=${forceNamespaced}`,
      `--immutable-user-msis=${immutable.map((number) => azureIdentityId(number).toUpperCase()).join(',')}`,
    ];
  }

  #caller(displayName: string, roles: readonly string[]): Caller {
    const { clientId, objectIds } = this.azure.directory.register({ displayName });
    const objectId = objectIds.get(tenantId) ?? '';
    for (const role of roles)
      for (const subscription of subscriptions)
        this.azure.roles.add({ principalId: objectId, role, scope: `/subscriptions/${subscription}` });
    return { clientId, objectId };
  }

  #populate(): void {
    for (const subscription of subscriptions) this.azure.addResourceGroup('ids', location, subscription);
    for (const { resourceGroup, subscriptionId } of computePlaces)
      this.azure.addResourceGroup(resourceGroup, location, subscriptionId);
    for (let number = 0; number < azureIdentities; number++)
      createAzureIdentity(this.azure, number, this.mic.objectId);
    for (let number = 0; number < computePlaces.length; number++) this.createPlace(number);
  }

  #race({ resource, namespace, name = '' }: Target): void {
    const key = { namespace, name };
    if (this.api.objects.find(resource, key) === undefined) return;
    const annotations = { 'example.invalid/touched': String(this.clock.now()) };
    const patch = { type: 'application/merge-patch+json', body: { metadata: { annotations } } };
    this.api.objects.patch(resource, key, patch);
  }
}

/** Most things are quick; some are not. */
function delaysBy(random: Random): Delays {
  const spread = (usual: number, rare: number, share: number): number => {
    const chance = random.next();
    return Math.ceil(random.next() * (chance < share ? rare : usual));
  };
  return {
    request: () => (random.next() < 0.7 ? 0 : spread(20, 500, 0.05)),
    answer: () => 1 + spread(10, 500, 0.03),
    watch: () => spread(10, 2_000, 0.02),
    arm: () => 1 + spread(80, 3_000, 0.04),
  };
}

/** Work hands over many times between two timers; the event loop turns only when nothing more of it is left. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
