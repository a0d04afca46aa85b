import {
  bindingLabel,
  objectKey,
  type AzureIdentity,
  type AzureIdentityBinding,
  type AzurePodIdentityException,
  type ObjectKey,
  type Pod,
} from '@aad-pod-identity/core';
import type { ClusterEvent } from './cluster-event.js';
import { decideException, type ExceptionDecision, type ExceptionMatch } from './exception.js';
import type { Grant } from './grant.js';
import { KeyGroups } from './key-groups.js';
import { compareJudged, identityNamedBy, judgeBinding, type JudgedBinding } from './judged-binding.js';
import { grantsOfPod, matchPodAgainst, type BindingSource, type PodMatch } from './pod-match.js';
import type { MatchPolicy } from './policy.js';

const NO_BINDINGS: readonly JudgedBinding[] = [];
const NO_GRANTS: readonly Grant[] = [];
const NO_PODS: ReadonlySet<string> = new Set();

/**
 * The incremental form of `match`: takes one event at a time at the cost of what it changes, and answers at any time
 * what `match` would say of all objects together. NMI holds one with the pods of its node; MIC's is inside an
 * `AssignmentIndex`.
 */
export class MatchIndex implements BindingSource {
  readonly #policy: MatchPolicy;
  readonly #pods = new Map<string, Pod>();
  readonly #podsByLabel = new KeyGroups();
  readonly #bindings = new Map<string, JudgedBinding>();
  readonly #bindingsBySelector = new Map<string, readonly JudgedBinding[]>();
  readonly #bindingsByIdentity = new KeyGroups();
  readonly #identities = new Map<string, AzureIdentity>();
  readonly #exceptions = new Map<string, Map<string, AzurePodIdentityException>>();

  constructor(policy: MatchPolicy) {
    this.#policy = policy;
  }

  /**
   * Takes an event; one of a kind that matching does not read has no effect.
   *
   * @returns keys (`namespace/name`) of the pods whose grants may be others now.
   */
  apply(event: ClusterEvent): ReadonlySet<string> {
    const upserted = event.type === 'upsert' ? event : undefined;
    const key = event.type === 'upsert' ? objectKeyOf(event) : objectKey(event.key);
    switch (event.kind) {
      case 'Pod':
        return this.#setPod(key, upserted?.kind === 'Pod' ? upserted.object : undefined);
      case 'AzureIdentityBinding':
        return this.#setBinding(key, upserted?.kind === 'AzureIdentityBinding' ? upserted.object : undefined);
      case 'AzureIdentity':
        return this.#setIdentity(key, upserted?.kind === 'AzureIdentity' ? upserted.object : undefined);
      case 'AzurePodIdentityException':
        if (upserted?.kind === 'AzurePodIdentityException') this.#addException(key, upserted.object);
        else if (event.type === 'delete') this.#exceptions.get(event.key.namespace)?.delete(key);
        return NO_PODS;
      case 'AzureAssignedIdentity':
      case 'Node':
        return NO_PODS;
    }
  }

  /** The pod of that key, if known. */
  pod(key: ObjectKey): Pod | undefined {
    return this.#pods.get(objectKey(key));
  }

  /** The grants of a pod, in order of their bindings. Empty for an unknown pod. */
  grantsOf(key: ObjectKey): readonly Grant[] {
    return this.grantsOfKey(objectKey(key));
  }

  /** The same by `objectKey` of the pod. */
  grantsOfKey(key: string): readonly Grant[] {
    const pod = this.#pods.get(key);
    return pod === undefined ? NO_GRANTS : grantsOfPod(pod, this, this.#policy);
  }

  /** Grants of a pod with every reason; undefined for an unknown pod. */
  matchOf(key: ObjectKey): PodMatch | undefined {
    const pod = this.pod(key);
    return pod === undefined ? undefined : this.matchPod(pod);
  }

  /** The same for a pod that the index need not hold, as one that was just read from the API server. */
  matchPod(pod: Pod): PodMatch {
    return matchPodAgainst(pod, this, this.#policy);
  }

  /** All grants of the cluster, in no particular order. */
  *grants(): IterableIterator<Grant> {
    for (const pod of this.#pods.values()) yield* grantsOfPod(pod, this, this.#policy);
  }

  /** Whether the pod is excepted. */
  exceptionOf(pod: Pick<Pod, 'namespace' | 'labels'>, rule: ExceptionMatch): ExceptionDecision {
    return decideException(pod, this.#exceptions.get(pod.namespace)?.values() ?? [], rule);
  }

  /** The bindings with that selector, in order of (namespace, name). */
  bindingsFor(selector: string): readonly JudgedBinding[] {
    return this.#bindingsBySelector.get(selector) ?? NO_BINDINGS;
  }

  /** The identity of that key, if known. */
  identity(key: ObjectKey): AzureIdentity | undefined {
    return this.#identities.get(objectKey(key));
  }

  /** The binding of that key, judged as far as that does not depend on a pod, if known. */
  judgedBinding(key: ObjectKey): JudgedBinding | undefined {
    return this.#bindings.get(objectKey(key));
  }

  /** Keys (`namespace/name`) of the bindings that name the identity of that key, whether it exists or not. */
  bindingsNaming(identity: ObjectKey): ReadonlySet<string> {
    return this.#bindingsByIdentity.of(objectKey(identity));
  }

  #setPod(key: string, pod: Pod | undefined): ReadonlySet<string> {
    const before = this.#pods.get(key);
    if (before !== undefined) this.#podsByLabel.delete(bindingLabel(before), key);
    if (pod === undefined) {
      this.#pods.delete(key);
    } else {
      this.#pods.set(key, pod);
      const label = bindingLabel(pod);
      if (label !== '') this.#podsByLabel.add(label, key);
    }
    return new Set([key]);
  }

  #setBinding(key: string, binding: AzureIdentityBinding | undefined): ReadonlySet<string> {
    const affected = new Set<string>();
    const before = this.#bindings.get(key);
    if (before !== undefined) {
      this.#removeBinding(key, before);
      addAll(affected, this.#podsByLabel.of(before.binding.spec.selector));
    }
    if (binding !== undefined) {
      this.#addBinding(key, binding);
      addAll(affected, this.#podsByLabel.of(binding.spec.selector));
    }
    return affected;
  }

  #addBinding(key: string, binding: AzureIdentityBinding): void {
    const identityKey = objectKey(identityNamedBy(binding));
    const judged = judgeBinding(binding, this.#identities.get(identityKey), this.#policy);
    const { selector } = binding.spec;
    this.#bindings.set(key, judged);
    this.#bindingsBySelector.set(selector, [...this.bindingsFor(selector), judged].sort(compareJudged));
    this.#bindingsByIdentity.add(identityKey, key);
  }

  #removeBinding(key: string, judged: JudgedBinding): void {
    const { selector } = judged.binding.spec;
    const others = this.bindingsFor(selector).filter((candidate) => candidate !== judged);
    if (others.length > 0) this.#bindingsBySelector.set(selector, others);
    else this.#bindingsBySelector.delete(selector);
    this.#bindingsByIdentity.delete(objectKey(identityNamedBy(judged.binding)), key);
    this.#bindings.delete(key);
  }

  #setIdentity(key: string, identity: AzureIdentity | undefined): ReadonlySet<string> {
    if (identity === undefined) this.#identities.delete(key);
    else this.#identities.set(key, identity);
    const affected = new Set<string>();
    for (const bindingKey of [...this.#bindingsByIdentity.of(key)]) {
      const judged = this.#bindings.get(bindingKey);
      if (judged !== undefined) addAll(affected, this.#setBinding(bindingKey, judged.binding));
    }
    return affected;
  }

  #addException(key: string, exception: AzurePodIdentityException): void {
    const ofNamespace = this.#exceptions.get(exception.namespace);
    if (ofNamespace === undefined) this.#exceptions.set(exception.namespace, new Map([[key, exception]]));
    else ofNamespace.set(key, exception);
  }
}

function objectKeyOf(event: ClusterEvent & { readonly type: 'upsert' }): string {
  return event.kind === 'Node' ? event.object.name : objectKey(event.object);
}

function addAll(set: Set<string>, keys: Iterable<string>): void {
  for (const key of keys) set.add(key);
}
