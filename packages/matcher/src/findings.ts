/**
 * What in a cluster stands between pods and identities: near misses of matching by their cause, so that three thousand
 * pods with one misspelled label are one thing to read.
 *
 * @module
 */
import {
  BINDING_LABEL,
  compareStrings,
  invalidIdentityProblem,
  keyOf,
  objectKey,
  parseProviderId,
  type ObjectKey,
  type Pod,
} from '@aad-pod-identity/core';
import { describeRule } from './describe-reason.js';
import { identityNamedBy } from './judged-binding.js';
import { matchPodAgainst } from './pod-match.js';
import type { MatchPolicy } from './policy.js';
import type { Reason } from './reason.js';
import { SnapshotSource } from './snapshot-source.js';
import type { Snapshot } from './snapshot.js';

/** Stable names of what can be found; those of matching are the codes of its reasons. */
export type FindingCode =
  | 'node-unresolved'
  | Extract<
      Reason['code'],
      'identity-invalid' | 'identity-missing' | 'namespace-mismatch' | 'no-binding' | 'no-label'
    >;

/** Pods that a finding concerns. */
export interface ConcernedPods {
  readonly count: number;
  /** `namespace/name` of the first few, in order. */
  readonly examples: readonly string[];
}

/** One cause, and the pods that it keeps from an identity. */
export interface Finding<Code extends string = FindingCode> {
  readonly code: Code;
  /** What has to be changed; for a cause that lies in pods the first of them. */
  readonly object: { readonly kind: string } & ObjectKey;
  /** One sentence about the object, without its name: what is wrong and what it leads to. */
  readonly message: string;
  /** None where the cause concerns no pod yet. */
  readonly pods: ConcernedPods;
}

const mostExamples = 5;

/** Finds them, in order of code, then of object. Costs a look at everything. */
export function findObstacles(
  snapshot: Pick<Snapshot, 'pods' | 'bindings' | 'identities' | 'nodes'>,
  policy: MatchPolicy,
): readonly Finding[] {
  const causes = new Causes();
  const source = new SnapshotSource(snapshot.bindings, snapshot.identities, policy);
  for (const node of snapshot.nodes) {
    if (parseProviderId(node.providerID) !== undefined) continue;
    const what = node.providerID === '' ? 'is empty' : 'names neither an Azure VM nor a scale set';
    const message = `spec.providerID ${what}: pods on this node get no identity that has to be attached`;
    causes.add('node-unresolved', { kind: 'Node', namespace: '', name: node.name }, message);
  }
  for (const identity of snapshot.identities) {
    const problem = invalidIdentityProblem(identity);
    if (problem === undefined) continue;
    const message = `${problem.path} ${problem.message}, so it grants nothing: ${problem.fix}`;
    causes.add('identity-invalid', { kind: 'AzureIdentity', ...keyOf(identity) }, message);
  }
  const known = new Set(snapshot.identities.map(objectKey));
  for (const binding of snapshot.bindings) {
    const identity = identityNamedBy(binding);
    if (known.has(objectKey(identity))) continue;
    const message = `there is no AzureIdentity "${identity.name}" in its namespace ${identity.namespace}`;
    causes.add('identity-missing', { kind: 'AzureIdentityBinding', ...keyOf(binding) }, message);
  }
  for (const pod of [...snapshot.pods].sort((a, b) => compareStrings(objectKey(a), objectKey(b)))) {
    const { grants, reasons } = matchPodAgainst(pod, source, policy);
    for (const reason of reasons) causes.concern(pod, reason);
    if (grants.length > 0) causes.touch('node-unresolved', { namespace: '', name: pod.nodeName }, pod);
  }
  return causes.all();
}

interface Cause extends Omit<Finding, 'pods'> {
  readonly pods: { count: number; readonly examples: string[] };
}

/** The causes found so far, each once. */
class Causes {
  readonly #causes = new Map<string, Cause>();

  add(code: FindingCode, object: Finding['object'], message: string, group = objectKey(object)): void {
    const key = `${code} ${group}`;
    if (!this.#causes.has(key))
      this.#causes.set(key, { code, object, message, pods: { count: 0, examples: [] } });
  }

  /** A near miss of a pod. */
  concern(pod: Pod, reason: Reason): void {
    const itself = { kind: 'Pod', ...keyOf(pod) };
    switch (reason.code) {
      case 'no-label': {
        this.add(reason.code, itself, `the label ${BINDING_LABEL} is empty`, '');
        return this.touch(reason.code, '', pod);
      }
      case 'no-binding': {
        const message = `no AzureIdentityBinding has the selector "${reason.label}", which is the label ${BINDING_LABEL}`;
        this.add(reason.code, itself, message, reason.label);
        return this.touch(reason.code, reason.label, pod);
      }
      case 'identity-missing':
        return this.touch(reason.code, reason.binding, pod);
      case 'identity-invalid':
        return this.touch(reason.code, reason.identity, pod);
      case 'namespace-mismatch': {
        const { identity, binding } = reason;
        const message = `AzureIdentity ${objectKey(identity)} may be used in namespace ${identity.namespace} only, because ${describeRule(reason.rule)}`;
        this.add(reason.code, { kind: 'AzureIdentityBinding', ...binding }, message);
        return this.touch(reason.code, binding, pod);
      }
      default:
        return undefined;
    }
  }

  /** The cause, if there is one, concerns the pod. */
  touch(code: FindingCode, group: ObjectKey | string, pod: Pod): void {
    const cause = this.#causes.get(`${code} ${typeof group === 'string' ? group : objectKey(group)}`);
    if (cause === undefined) return;
    cause.pods.count++;
    if (cause.pods.examples.length < mostExamples) cause.pods.examples.push(objectKey(pod));
  }

  all(): readonly Finding[] {
    return [...this.#causes.values()].sort(
      (a, b) => compareStrings(a.code, b.code) || compareStrings(objectKey(a.object), objectKey(b.object)),
    );
  }
}
