import { objectKey, type AzureIdentity, type AzureIdentityBinding } from '@aad-pod-identity/core';
import { compareJudged, identityNamedBy, judgeBinding, type JudgedBinding } from './judged-binding.js';
import type { BindingSource } from './pod-match.js';
import type { MatchPolicy } from './policy.js';

/** Bindings and identities of a snapshot, judged once for all pods. */
export class SnapshotSource implements BindingSource {
  readonly #bindings = new Map<string, JudgedBinding[]>();

  constructor(
    bindings: Iterable<AzureIdentityBinding>,
    identities: Iterable<AzureIdentity>,
    policy: MatchPolicy,
  ) {
    const identityByKey = new Map(Array.from(identities, (identity) => [objectKey(identity), identity]));
    for (const binding of bindings) {
      const judged = judgeBinding(binding, identityByKey.get(objectKey(identityNamedBy(binding))), policy);
      const others = this.#bindings.get(binding.spec.selector);
      if (others === undefined) this.#bindings.set(binding.spec.selector, [judged]);
      else others.push(judged);
    }
    for (const sameSelector of this.#bindings.values()) sameSelector.sort(compareJudged);
  }

  bindingsFor(selector: string): readonly JudgedBinding[] {
    return this.#bindings.get(selector) ?? [];
  }
}
