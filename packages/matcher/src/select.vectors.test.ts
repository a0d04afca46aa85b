import { objectKey, type ObjectKey } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { groupByAssignment } from './assignment-diff.js';
import { matchPod } from './match.js';
import type { MatchPolicy } from './policy.js';
import { snapshotOf, vectorsOf, type VectorObjects } from './testing/vector-snapshot.js';
import { decideTokenRequest, type TokenDecision } from './token-decision.js';

type Input = VectorObjects & MatchPolicy & { caller: ObjectKey; query: string };
interface Expected {
  readonly outcome: string;
  readonly identityNamespace?: string;
  readonly identity?: string;
}

describe('vectors: select', () => {
  for (const { name, input, expected } of vectorsOf<Input, Expected>('select')) {
    // That NMI does not start with these flags is its own decision, tested there; managed mode itself restricts anyway.
    const wanted = expected.outcome === 'does not start' ? undefined : expected;
    it(name, () => {
      const decision = decide(input);
      if (wanted === undefined) expect(input).toMatchObject({ mode: 'managed', forceNamespaced: false });
      else expect(describeDecision(decision)).toEqual(wanted);
    });
  }
});

function decide(input: Input): TokenDecision {
  const { mode, forceNamespaced, caller, query } = input;
  const snapshot = snapshotOf(input);
  const pod = snapshot.pods.find((candidate) => objectKey(candidate) === objectKey(caller))!;
  const parameters = new URLSearchParams(query);
  const resourceId = parameters.get('mi_res_id') || parameters.get('msi_res_id') || '';
  const assigned = groupByAssignment(snapshot.assignedIdentities);
  return decideTokenRequest({
    policy: { mode, forceNamespaced },
    exception: { excepted: undefined, formerly: undefined },
    match: matchPod(pod, snapshot, { mode, forceNamespaced }),
    request: { clientId: parameters.get('client_id') ?? '', resourceId },
    assignedIdentities: (key) => assigned.get(key) ?? [],
  });
}

function describeDecision(decision: TokenDecision): Expected {
  if (decision.outcome !== 'granted') return { outcome: decision.outcome };
  const { namespace, name } = decision.grant.identity;
  return { outcome: 'granted', identityNamespace: namespace, identity: name };
}
