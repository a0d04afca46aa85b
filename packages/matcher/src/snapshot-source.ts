import {
  compareKeys,
  objectKey,
  type AzureIdentity,
  type AzureIdentityBinding,
} from '@aad-pod-identity/core';
import { identityNamedBy, type BindingSource } from './pod-match.js';

/** Bindings and identities of a snapshot, indexed once for all pods. */
export class SnapshotSource implements BindingSource {
  readonly #bindings = new Map<string, AzureIdentityBinding[]>();
  readonly #identities: ReadonlyMap<string, AzureIdentity>;

  constructor(bindings: Iterable<AzureIdentityBinding>, identities: Iterable<AzureIdentity>) {
    this.#identities = new Map(Array.from(identities, (identity) => [objectKey(identity), identity]));
    for (const binding of [...bindings].sort(compareKeys)) {
      const others = this.#bindings.get(binding.spec.selector);
      if (others === undefined) this.#bindings.set(binding.spec.selector, [binding]);
      else others.push(binding);
    }
  }

  bindingsFor(selector: string): readonly AzureIdentityBinding[] {
    return this.#bindings.get(selector) ?? [];
  }

  identityOf(binding: AzureIdentityBinding): AzureIdentity | undefined {
    return this.#identities.get(objectKey(identityNamedBy(binding)));
  }
}
