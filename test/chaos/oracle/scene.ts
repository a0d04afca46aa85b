import type { KubernetesObject } from '@aad-pod-identity/simulator';
import type { MicProcess } from '../world/mic-process.js';
import { azureIdentityId } from '../world/places.js';
import type { WiredProcess } from '../world/wired-process.js';
import type { World } from '../world/world.js';
import { assignedResource, readAssigned, type Assigned } from './assigned.js';
import { grantsIn, placesIn, type Grant, type View } from './desired.js';

/** Something that must never happen has happened. */
export interface Violation {
  readonly rule: string;
  readonly message: string;
}

interface Snapshot {
  readonly version: string;
  readonly grants: ReadonlyMap<string, Grant>;
  readonly places: ReadonlyMap<string, string>;
  readonly assigned: readonly Assigned[];
}

/** What the rules look at: the truth, and what each process has been told. */
export class Scene {
  readonly world: World;
  /** When wall clocks last jumped, on the monotonic clock. */
  clockJumpedAt = Number.NEGATIVE_INFINITY;
  /** When somebody last created, deleted, allowed or forbade an identity in Azure. */
  identitiesChangedAt = Number.NEGATIVE_INFINITY;
  /** When a fault, or somebody's hand, last disturbed anything. */
  disturbedAt = 0;
  #violation: Violation | undefined;
  /** The processes that ran, and until when, on the monotonic clock. */
  readonly #lives = new Map<WiredProcess, number>();
  #latest: Snapshot | undefined;
  readonly #protected: ReadonlySet<string>;
  readonly #truth: View;

  constructor(world: World) {
    this.world = world;
    const { immutable, clusterIdentity } = world.config;
    const ids = [...immutable, ...(clusterIdentity === undefined ? [] : [clusterIdentity])];
    this.#protected = new Set(ids.map((number) => azureIdentityId(number).toLowerCase()));
    this.#truth = { of: (resource) => world.api.objects.list(resource).items };
  }

  /** The first one. */
  get violation(): Violation | undefined {
    return this.#violation;
  }

  report(rule: string, message: string): void {
    if (this.#violation === undefined) this.world.trace(`VIOLATION of "${rule}": ${message}`);
    this.#violation ??= { rule, message };
  }

  now(): number {
    return this.world.clock.monotonic();
  }

  started(process: WiredProcess): void {
    this.#lives.set(process, Number.POSITIVE_INFINITY);
  }

  ended(process: WiredProcess): void {
    this.#lives.set(process, this.now());
  }

  /** How far the wall clocks of the processes that ran since then are apart: one writes since when, another reads it. */
  clocksApartMs(since: number): number {
    const { clock } = this.world;
    const ahead = [...this.#lives]
      .filter(([, endedAt]) => endedAt >= since)
      .map(([{ life }]) => life.now() - clock.now());
    return Math.max(...ahead) - Math.min(...ahead);
  }

  /** Identities that must never be taken off anything. */
  isProtected(azureId: string): boolean {
    return this.#protected.has(azureId);
  }

  grants(): ReadonlyMap<string, Grant> {
    return this.#snapshot().grants;
  }

  /** The grants as that process must believe them to be. */
  grantsKnownTo(process: WiredProcess): Map<string, Grant> {
    return grantsIn(viewOf(process), this.world.config.forceNamespaced);
  }

  places(): ReadonlyMap<string, string> {
    return this.#snapshot().places;
  }

  /** The VMs and scale sets of the nodes that the process has been told of. */
  placesKnownTo(process: WiredProcess): Map<string, string> {
    return placesIn(viewOf(process));
  }

  assigned(): readonly Assigned[] {
    return this.#snapshot().assigned;
  }

  /** What the cluster has now, read once for each of its versions. */
  #snapshot(): Snapshot {
    const { objects } = this.world.api;
    const version = objects.list('namespaces').resourceVersion;
    if (this.#latest?.version === version) return this.#latest;
    return (this.#latest = {
      version,
      grants: grantsIn(this.#truth, this.world.config.forceNamespaced),
      places: placesIn(this.#truth),
      assigned: objects.list(assignedResource).items.map(readAssigned),
    });
  }

  /** Whether Azure would let MIC attach it. */
  isAttachable(azureId: string): boolean {
    const { azure, mic } = this.world;
    const action = 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action';
    return azure.identities.get(azureId) !== undefined && azure.roles.allows(mic.objectId, action, azureId);
  }
}

function viewOf(process: WiredProcess): View {
  const { knowledge } = (process as MicProcess).wire;
  return { of: (resource): Iterable<KubernetesObject> => knowledge.of(resource).values() };
}

/** Short forms of resource IDs, for messages. */
export function short(id: string): string {
  const parts = id.split('/');
  return `${(parts[2] ?? '').slice(0, 1)}…/${parts.at(-1) ?? ''}`;
}
