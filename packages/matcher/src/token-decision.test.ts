import type { AzureAssignedIdentity } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { describeReason } from './describe-reason.js';
import type { IdentityRequest } from './identity-request.js';
import { matchPod } from './match.js';
import { DEFAULT_POLICY } from './policy.js';
import { assigned, binding, exception, identity, identityId, pod } from './testing/objects.js';
import { decideTokenRequest, type TokenDecision } from './token-decision.js';

const web = pod({ name: 'web', node: 'n1' });
const id = identity({ name: 'id', clientID: '17a60382-f419-cda6-00a5-8d45bbede1f4' });
const bind = binding({ name: 'b', identity: 'id' });
const ready = { pod: web, identity: id, binding: bind };

function decide(objects: AzureAssignedIdentity[], request: IdentityRequest = {}): TokenDecision {
  return decideTokenRequest({
    policy: DEFAULT_POLICY,
    exception: { excepted: undefined, formerly: undefined },
    match: matchPod(web, { bindings: [bind], identities: [id] }),
    request,
    assignedIdentities: () => objects,
  });
}

describe('decideTokenRequest', () => {
  it('passes an excepted pod through before anything else', () => {
    const excepted = exception({ name: 'e' });
    const decision = decideTokenRequest({
      policy: DEFAULT_POLICY,
      exception: { excepted, formerly: undefined },
      match: matchPod(web),
      request: {},
      assignedIdentities: () => [],
    });
    expect(decision).toEqual({ outcome: 'excepted', exception: excepted });
  });

  it.each([
    ['Created', [assigned({ ...ready, status: 'Created' })]],
    ['Unassigned', [assigned({ ...ready, status: 'Unassigned' })]],
    ['missing', []],
    ['outdated', [assigned({ ...ready, node: 'n0' })]],
    [
      'outdated',
      [assigned({ ...ready, identity: identity({ name: 'id', resource: identityId('former') }) })],
    ],
  ])('waits while the assignment is %s', (status, objects) => {
    expect(decide(objects)).toMatchObject({ outcome: 'waits', status });
  });

  it('grants as soon as one of several objects is assigned', () => {
    expect(decide([assigned({ ...ready, status: 'Created' }), assigned(ready)])).toMatchObject({
      outcome: 'granted',
      grant: { identity: { name: 'id' } },
    });
  });

  it('denies an identity that is not among the grants, and redacts its client ID', () => {
    const decision = decide([assigned(ready)], { clientId: '99999999-0000-0000-0000-000000001234' });
    expect(decision).toMatchObject({
      outcome: 'denied',
      graceApplies: false,
      reason: { code: 'not-among-grants' },
    });
    expect(decision.outcome === 'denied' && describeReason(decision.reason)).toBe(
      'pod default/web asked for the identity with client_id 9999##### REDACTED #####1234, but may use only AzureIdentity default/id',
    );
  });

  it.each([
    ['no-label', pod({ label: '' }), false],
    ['no-binding', pod({ label: 'nobody' }), true],
    ['identity-missing', web, true],
  ])('denies for %s', (code, caller, graceApplies) => {
    const decision = decideTokenRequest({
      policy: DEFAULT_POLICY,
      exception: { excepted: undefined, formerly: undefined },
      match: matchPod(caller, { bindings: [bind], identities: [] }),
      request: {},
      assignedIdentities: () => [],
    });
    expect(decision).toMatchObject({ outcome: 'denied', reason: { code }, graceApplies });
  });
});
