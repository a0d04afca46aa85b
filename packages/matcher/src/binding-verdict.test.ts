import { keyOf, type AzureIdentity } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { judgeBindingReady } from './binding-verdict.js';
import { MatchIndex } from './match-index.js';
import { DEFAULT_POLICY, type MatchPolicy } from './policy.js';
import { binding, identity } from './testing/objects.js';

function judge(
  bound: ReturnType<typeof binding>,
  identities: readonly AzureIdentity[],
  policy: MatchPolicy = DEFAULT_POLICY,
) {
  const index = new MatchIndex(policy);
  for (const object of identities) index.apply({ type: 'upsert', kind: 'AzureIdentity', object });
  index.apply({ type: 'upsert', kind: 'AzureIdentityBinding', object: bound });
  const judged = index.judgedBinding(keyOf(bound));
  if (judged === undefined) throw new Error('not known');
  return judgeBindingReady(judged);
}

const web = binding({ name: 'b', identity: 'id', selector: 'web' });

describe('an AzureIdentityBinding', () => {
  it('that leads to a usable identity says for which pods', () => {
    expect(judge(web, [identity({ name: 'id' })])).toEqual({
      reason: 'Bound',
      message: 'pods with the label aadpodidbinding=web may use AzureIdentity default/id',
    });
  });

  it('says where only pods of its namespace may use the identity, and why', () => {
    expect(judge(web, [identity({ name: 'id', namespaced: true })])).toMatchObject({
      reason: 'BoundInNamespace',
      message: expect.stringContaining('aadpodidentity.k8s.io/Behavior: namespaced'),
    });
    const forced = { ...DEFAULT_POLICY, forceNamespaced: true };
    expect(judge(web, [identity({ name: 'id' })], forced)).toMatchObject({
      reason: 'BoundInNamespace',
      message: expect.stringContaining('--forceNamespaced'),
    });
  });

  it('with an empty selector says so', () => {
    const empty = binding({ name: 'b', identity: 'id', selector: '' });
    expect(judge(empty, [identity({ name: 'id' })])).toMatchObject({
      reason: 'SelectorEmpty',
      message: expect.stringContaining('spec.selector'),
    });
  });

  it('says that its identity is not there, in its own namespace', () => {
    expect(judge(web, [identity({ name: 'id', namespace: 'other' })])).toMatchObject({
      reason: 'IdentityNotFound',
      message: expect.stringContaining('AzureIdentity default/id'),
    });
    expect(judge(binding({ name: 'b', identity: '' }), [])).toMatchObject({
      reason: 'IdentityNotFound',
      message: expect.stringContaining('spec.azureIdentity is missing'),
    });
  });

  it('says what is wrong with its identity', () => {
    expect(judge(web, [identity({ name: 'id', resource: 'nonsense' })])).toMatchObject({
      reason: 'IdentityInvalid',
      message: expect.stringContaining('spec.resourceID'),
    });
  });
});

describe('MatchIndex', () => {
  it('knows which bindings name an identity, there or not', () => {
    const index = new MatchIndex(DEFAULT_POLICY);
    index.apply({ type: 'upsert', kind: 'AzureIdentityBinding', object: web });
    expect([...index.bindingsNaming({ namespace: 'default', name: 'id' })]).toEqual(['default/b']);
    index.apply({ type: 'delete', kind: 'AzureIdentityBinding', key: keyOf(web) });
    expect(index.bindingsNaming({ namespace: 'default', name: 'id' }).size).toBe(0);
    expect(index.judgedBinding(keyOf(web))).toBeUndefined();
  });
});
