import { describe, expect, it } from 'vitest';
import { describeReason } from './describe-reason.js';
import { match, matchPod } from './match.js';
import { DEFAULT_POLICY } from './policy.js';
import { binding, identity, pod } from './testing/objects.js';

const snapshot = {
  pods: [
    pod({ namespace: 'a', name: 'web' }),
    pod({ namespace: 'a', name: 'plain', label: '' }),
    pod({ namespace: 'a', name: 'other', label: 'other' }),
    pod({ namespace: 'a', name: 'waiting', node: '' }),
    pod({ namespace: 'a', name: 'job', phase: 'Succeeded' }),
  ],
  bindings: [
    binding({ namespace: 'a', name: 'again', identity: 'id' }),
    binding({ namespace: 'a', name: 'b', identity: 'id' }),
    binding({ namespace: 'a', name: 'broken', identity: 'bad' }),
    binding({ namespace: 'a', name: 'lost', identity: 'gone' }),
    binding({ namespace: 'b', name: 'foreign', identity: 'private' }),
  ],
  identities: [
    identity({ namespace: 'a', name: 'id' }),
    identity({ namespace: 'a', name: 'bad', resource: 'nonsense' }),
    identity({ namespace: 'b', name: 'private', namespaced: true }),
  ],
};
const result = match(snapshot);
const reasonsOf = (name: string): string[] =>
  result.matchOf({ namespace: 'a', name })!.reasons.map(({ code }) => code);

describe('match', () => {
  it('gives a reason for every grant, then for every near miss', () => {
    expect(reasonsOf('web')).toEqual([
      'granted',
      'granted-already',
      'identity-invalid',
      'identity-missing',
      'namespace-mismatch',
    ]);
  });

  it.each([
    ['plain', 'no-label'],
    ['other', 'no-binding'],
    ['waiting', 'pod-unscheduled'],
    ['job', 'pod-finished'],
  ])('says of pod %s: %s', (name, code) => expect(reasonsOf(name)).toEqual([code]));

  it('knows nothing of a pod that is not there', () => {
    expect(result.matchOf({ namespace: 'a', name: 'nobody' })).toBeUndefined();
  });

  it('names in every sentence the objects, selectors, labels and namespaces that matter', () => {
    const sentences = result.matchOf({ namespace: 'a', name: 'web' })!.reasons.map(describeReason);
    expect(sentences).toEqual([
      'pod a/web may use AzureIdentity a/id: its label aadpodidbinding=web is the selector of AzureIdentityBinding a/again',
      'AzureIdentityBinding a/b leads to AzureIdentity a/id, which pod a/web has through a/again already',
      'AzureIdentityBinding a/broken (selector "web") selects pod a/web, but spec.resourceID of AzureIdentity a/bad is not the resource ID of a user-assigned identity: write /subscriptions/{s}/resourcegroups/{rg}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}',
      'AzureIdentityBinding a/lost (selector "web") selects pod a/web, but there is no AzureIdentity "gone" in its namespace a',
      'AzureIdentityBinding b/foreign (selector "web") selects pod a/web, but AzureIdentity b/private may be used in namespace b only, because it has the annotation aadpodidentity.k8s.io/Behavior: namespaced',
    ]);
    const others = ['plain', 'other', 'waiting', 'job'].map((name) =>
      describeReason(result.matchOf({ namespace: 'a', name })!.reasons[0]!),
    );
    expect(others).toEqual([
      'pod a/plain has no label aadpodidbinding, so no AzureIdentityBinding selects it',
      'no AzureIdentityBinding has the selector "other", which is the label aadpodidbinding of pod a/other',
      'pod a/waiting is not scheduled to a node yet',
      'pod a/job is finished (phase Succeeded)',
    ]);
  });

  it('judges unscheduled pods as scheduled ones where that is asked for', () => {
    const assumed = match(snapshot, { ...DEFAULT_POLICY, assumeScheduled: true });
    expect(assumed.grants.map((grant) => grant.pod.name)).toEqual(['waiting', 'web']);
  });

  it.each([
    [{ mode: 'standard', forceNamespaced: true }, 'force-namespaced', '--forceNamespaced is set'],
    [{ mode: 'managed', forceNamespaced: false }, 'managed-mode', 'managed mode restricts'],
  ] as const)('tells which rule asks for one namespace: %j', (policy, rule, words) => {
    const { reasons } = matchPod(snapshot.pods[0]!, snapshot, policy);
    const mismatch = reasons.find(({ code }) => code === 'namespace-mismatch')!;
    expect(mismatch).toMatchObject({ rule });
    expect(describeReason(mismatch)).toContain(words);
  });
});
