import { describe, expect, it } from 'vitest';
import { match } from './match.js';
import { binding, identity, pod } from './testing/objects.js';

const result = match({
  pods: [pod({ namespace: 'team-b', name: 'web' }), pod({ namespace: 'team-b', name: 'api', label: '' })],
  bindings: [
    binding({ namespace: 'billing', name: 'batch', identity: 'billing', selector: 'batch' }),
    binding({ namespace: 'team-b', name: 'own', identity: 'own' }),
    binding({ namespace: 'shared', name: 'lost', identity: 'gone' }),
  ],
  identities: [
    identity({ namespace: 'billing', name: 'billing' }),
    identity({ namespace: 'team-b', name: 'own' }),
  ],
});
const web = { namespace: 'team-b', name: 'web' };

describe('explainAccess', () => {
  it('allows with the binding, the selector and the label by which', () => {
    const explanation = result.explainAccess({ pod: web, identity: { namespace: 'team-b', name: 'own' } });
    expect(explanation).toMatchObject({ allowed: true, grant: { binding: { name: 'own' } } });
    expect(explanation.text).toBe(
      'pod team-b/web may use AzureIdentity team-b/own: its label aadpodidbinding=web is the selector of AzureIdentityBinding team-b/own',
    );
  });

  it('names the bindings that would lead there, and what they select instead', () => {
    const explanation = result.explainAccess({
      pod: web,
      identity: { namespace: 'billing', name: 'billing' },
    });
    expect(explanation).toMatchObject({ allowed: false, grant: undefined });
    expect(explanation.text).toBe(
      'AzureIdentityBinding billing/batch leads to AzureIdentity billing/billing, but its selector is "batch" and the label aadpodidbinding of pod team-b/web is "web"',
    );
  });

  it.each([
    ['a pod without the label', { ...web, name: 'api' }, 'billing', ['no-label', 'selector-mismatch']],
    ['an identity that nothing leads to', web, 'nothing', ['identity-unbound']],
    ['a pod that does not exist', { ...web, name: 'nobody' }, 'billing', ['pod-unknown']],
  ])('explains %s', (_title, pod_, name, codes) => {
    const explanation = result.explainAccess({ pod: pod_, identity: { namespace: 'billing', name } });
    expect(explanation.allowed).toBe(false);
    expect(explanation.reasons.map(({ code }) => code)).toEqual(codes);
    expect(explanation.text.split('\n')).toHaveLength(codes.length);
  });

  it('explains a binding to an identity that does not exist', () => {
    const explanation = result.explainAccess({ pod: web, identity: { namespace: 'shared', name: 'gone' } });
    expect(explanation.reasons.map(({ code }) => code)).toEqual(['identity-missing']);
  });
});
