import { computePlaces, placeId } from '../world/places.js';
import { placeOfAssigned } from './assigned.js';
import type { Scene } from './scene.js';

/** Whose an identity on a VM or scale set is. `either`: nobody could tell any more, so both ways of treating it are right. */
export type Owner = 'mic' | 'others' | 'either';

type By = 'mic' | 'people' | 'nobody';

interface Place {
  readonly key: string;
  readonly id: string;
  /** Which VM or scale set: another one of the same name begins anew. */
  createdAt: number;
  generation: unknown;
  owners: Map<string, Owner>;
  /** What owners there were before, for what an operation that fails brings back. */
  former: Map<string, Owner>;
  /** When the machines could last use an identity. */
  usable: Map<string, number>;
}

/** Keeps account of what is attached where, and by whom. */
export class Attachments {
  readonly #scene: Scene;
  readonly #places: readonly Place[];
  /** `place identity` whose memory in the cluster somebody has touched: nobody can tell whose those are. */
  readonly #blurred = new Set<string>();

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#places = computePlaces.map((place) => ({
      key: placeId(place).toLowerCase(),
      id: placeId(place),
      createdAt: -1,
      generation: undefined,
      owners: new Map<string, Owner>(),
      former: new Map<string, Owner>(),
      usable: new Map<string, number>(),
    }));
  }

  /**
   * Looks at what there is; `by` says who has changed something just now. What came back because somebody's operation
   * failed meanwhile is not MIC's: that is only what its PATCH named, in lower case.
   */
  look(by: 'people' | 'nobody'): void;
  look(by: 'mic', named: ReadonlySet<string>): void;
  look(by: By, named: ReadonlySet<string> = new Set()): void {
    for (const place of this.#places) this.#lookAt(place, by, named);
  }

  owner(placeKey: string, azureId: string): Owner | undefined {
    const owner = this.#place(placeKey)?.owners.get(azureId);
    return owner !== undefined && this.#blurred.has(`${placeKey} ${azureId}`) ? 'either' : owner;
  }

  /** Identities on a VM or scale set, in lower case. */
  on(placeKey: string): ReadonlySet<string> {
    const place = this.#place(placeKey);
    const resource = place && this.#scene.world.azure.compute.get(place.id);
    return new Set(resource?.identity.userAssigned.keys());
  }

  /** Whether it is there in name only: Azure has another one of that name by now, or none. */
  isStale(placeKey: string, azureId: string): boolean {
    const { compute, identities } = this.#scene.world.azure;
    const attached = compute.get(placeKey)?.identity.userAssigned.get(azureId);
    return attached !== undefined && identities.get(azureId)?.principalId !== attached.principalId;
  }

  /** How long ago the machines could last use it, in milliseconds. */
  unusableForMs(placeKey: string, azureId: string): number {
    const at = this.#place(placeKey)?.usable.get(azureId);
    return at === undefined ? Number.POSITIVE_INFINITY : this.#scene.now() - at;
  }

  /** What the cluster remembers of it has been touched by somebody's hand. */
  blur(placeKey: string, azureId: string): void {
    this.#blurred.add(`${placeKey} ${azureId}`);
  }

  /**
   * Forgets that anything was blurred where nothing is attached any more. An operation that is under way may fail, and
   * bring back what it takes off.
   */
  settle(): void {
    for (const entry of this.#blurred) {
      const [placeKey = '', azureId = ''] = entry.split(' ');
      const resource = this.#scene.world.azure.compute.get(placeKey);
      if (resource?.provisioningState === 'Updating') continue;
      const remembered = this.#scene.assigned().some((one) => one.azureId === azureId);
      if (!this.on(placeKey).has(azureId) && !remembered) this.#blurred.delete(entry);
    }
  }

  #place(key: string): Place | undefined {
    return this.#places.find((place) => place.key === key);
  }

  #lookAt(place: Place, by: By, named: ReadonlySet<string>): void {
    const resource = this.#scene.world.azure.compute.get(place.id);
    const identity = resource?.kind === 'scaleSet' ? resource.uniqueId : resource?.vmId;
    if (identity !== place.generation) {
      place.generation = identity;
      place.owners = new Map();
      place.former = new Map();
      by = 'people';
    }
    const present = resource?.identity.userAssigned ?? new Map<string, unknown>();
    for (const azureId of place.owners.keys()) {
      if (present.has(azureId)) continue;
      place.former.set(azureId, place.owners.get(azureId) as Owner);
      place.owners.delete(azureId);
    }
    for (const azureId of present.keys()) {
      if (place.owners.has(azureId)) continue;
      const who = by === 'mic' && !named.has(azureId) ? 'nobody' : by;
      place.owners.set(azureId, this.#newOwner(place, azureId, who));
    }
    const now = this.#scene.now();
    for (const azureId of resource?.effectiveIdentity.userAssigned.keys() ?? [])
      place.usable.set(azureId, now);
  }

  #newOwner(place: Place, azureId: string, by: By): Owner {
    if (by === 'nobody') return place.former.get(azureId) ?? 'either';
    const places = this.#scene.places();
    const remembered = this.#scene
      .assigned()
      .filter((one) => one.azureId === azureId && placeOfAssigned(one, places) === place.key);
    if (by === 'mic') return remembered.some(({ attachedBy }) => attachedBy === 'others') ? 'either' : 'mic';
    const wanted = [
      this.#scene.grants(),
      ...this.#scene.world.processes.map((process) => this.#scene.grantsKnownTo(process)),
    ].some((grants) =>
      [...grants.values()].some((grant) => grant.azureId === azureId && grant.place === place.key),
    );
    return wanted || remembered.length > 0 ? 'either' : 'others';
  }
}
