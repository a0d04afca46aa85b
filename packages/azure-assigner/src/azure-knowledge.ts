/**
 * What Azure has shown about the identities of this cluster, gathered from all compute resources.
 *
 * @module
 */
import { objectKey, type AzureIdentity } from '@aad-pod-identity/core';
import type { IdentityFacts, IdentityReading } from '@aad-pod-identity/matcher';
import type { ResourceOutcome } from './resource-outcome.js';

/** Of one term: the next one finds out anew. */
export class AzureKnowledge {
  /** By `objectKey` of the AzureIdentity. */
  readonly #readings = new Map<string, IdentityReading>();
  /** By key of the compute resource; only where an identity is refused or stale. */
  readonly #trouble = new Map<string, ResourceOutcome>();
  /** Keys of identities in Azure. */
  readonly #attached = new Set<string>();

  /** Takes what Azure said of the identity that an AzureIdentity names; undefined: it is gone, or names another. */
  read(key: string, reading: IdentityReading | undefined): void {
    if (reading === undefined) this.#readings.delete(key);
    else this.#readings.set(key, reading);
  }

  /**
   * Takes what a run has shown; undefined: the resource concerns nobody any more.
   *
   * @returns keys of the identities in Azure about which something may be known now that was not
   */
  ran(resourceKey: string, outcome: ResourceOutcome | undefined): ReadonlySet<string> {
    const before = this.#trouble.get(resourceKey);
    const concerned = new Set([...keysOf(before), ...keysOf(outcome)]);
    if (outcome === undefined || outcome.refused.size + outcome.stale.length === 0) {
      this.#trouble.delete(resourceKey);
    } else {
      this.#trouble.set(resourceKey, outcome);
    }
    for (const key of outcome?.refused.keys() ?? []) this.#attached.delete(key);
    for (const key of outcome?.attached ?? []) {
      if (this.#attached.has(key)) continue;
      this.#attached.add(key);
      concerned.add(key);
    }
    return concerned;
  }

  /** All that is known about an AzureIdentity. */
  factsOf(identity: AzureIdentity): IdentityFacts {
    const key = identity.resource?.key ?? '';
    const trouble = [...this.#trouble.values()];
    return {
      identity,
      reading: this.#readings.get(objectKey(identity)),
      refusals: trouble.flatMap(({ refused }) => refused.get(key) ?? []),
      staleOn: trouble.filter(({ stale }) => stale.includes(key)).map(({ resource }) => resource),
      attached: this.#attached.has(key),
    };
  }
}

function keysOf(outcome: ResourceOutcome | undefined): readonly string[] {
  return outcome === undefined ? [] : [...outcome.refused.keys(), ...outcome.stale];
}
