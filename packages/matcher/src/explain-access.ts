import {
  bindingLabel,
  compareKeys,
  keyOf,
  objectKey,
  type ObjectKey,
  type Pod,
} from '@aad-pod-identity/core';
import { describeReason } from './describe-reason.js';
import type { Grant } from './grant.js';
import { identityNamedBy } from './judged-binding.js';
import type { MatchPolicy } from './policy.js';
import { matchPodAgainst } from './pod-match.js';
import type { Reason } from './reason.js';
import type { Snapshot } from './snapshot.js';
import { SnapshotSource } from './snapshot-source.js';

/** Whether one pod may use one identity, and why. */
export interface AccessExplanation {
  readonly allowed: boolean;
  /** The grant by which it may. */
  readonly grant: Grant | undefined;
  /** What concerns this pod and this identity: the grant, or everything that stands in its way. Never empty. */
  readonly reasons: readonly Reason[];
  /** The reasons as sentences, one a line; names binding, selector and label. */
  readonly text: string;
}

/** Question of {@link explainAccess}. */
export interface AccessQuestion {
  readonly snapshot: Pick<Snapshot, 'bindings' | 'identities'>;
  readonly policy: MatchPolicy;
  /** The pod itself, or, if there is none, its key. */
  readonly pod: Pod | ObjectKey;
  readonly identity: ObjectKey;
}

/** Explains whether a pod may use an identity, looking also at the bindings that select other pods. */
export function explainAccess(question: AccessQuestion): AccessExplanation {
  const { snapshot, policy, pod } = question;
  const identity = keyOf(question.identity);
  const wanted = objectKey(identity);
  if (!('labels' in pod)) return explanation(undefined, [{ code: 'pod-unknown', pod: keyOf(pod) }]);

  const match = matchPodAgainst(
    pod,
    new SnapshotSource(snapshot.bindings, snapshot.identities, policy),
    policy,
  );
  const grant = match.grants.find((candidate) => objectKey(candidate.identity) === wanted);
  const relevant = match.reasons.filter((reason) => concerns(reason, wanted));
  if (grant !== undefined) return explanation(grant, relevant);

  const label = bindingLabel(pod);
  const leading = snapshot.bindings
    .filter((binding) => objectKey(identityNamedBy(binding)) === wanted)
    .sort(compareKeys);
  if (leading.length === 0) relevant.push({ code: 'identity-unbound', pod: keyOf(pod), identity });
  for (const binding of leading) {
    const { selector } = binding.spec;
    if (selector !== label || label === '') {
      relevant.push({
        code: 'selector-mismatch',
        pod: keyOf(pod),
        label,
        binding: keyOf(binding),
        selector,
        identity,
      });
    }
  }
  return explanation(undefined, relevant);
}

/** Reasons about other identities say nothing about this one. */
function concerns(reason: Reason, identity: string): boolean {
  return !('identity' in reason) || objectKey(reason.identity) === identity;
}

function explanation(grant: Grant | undefined, reasons: readonly Reason[]): AccessExplanation {
  return { allowed: grant !== undefined, grant, reasons, text: reasons.map(describeReason).join('\n') };
}
