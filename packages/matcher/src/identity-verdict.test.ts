import {
  decodeAzureIdentity,
  type AzureIdentity,
  type ComputeResource,
  type ReadyReason,
} from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { judgeIdentity, type IdentityFacts } from './identity-verdict.js';
import { identityId } from './testing/objects.js';

const clientID = 'aaaaaaaa-1111-2222-3333-444444444444';

function identity(spec: object = {}, standing?: ReadyReason<'AzureIdentity'>, judged = 1): AzureIdentity {
  const ready = {
    type: 'Ready',
    status: 'False',
    reason: standing,
    message: 'as before',
    observedGeneration: judged,
  };
  const decoded = decodeAzureIdentity({
    metadata: { namespace: 'default', name: 'id', generation: 1 },
    spec: { type: 0, resourceID: identityId('id'), clientID, ...spec },
    ...(standing === undefined ? {} : { status: { conditions: [ready] } }),
  });
  if (!decoded.ok) throw new Error('not decoded');
  return decoded.value;
}

const pool = (name: string): ComputeResource => ({
  type: 'virtualMachineScaleSets',
  subscriptionId: 's',
  resourceGroup: 'g',
  name,
});
const found = { kind: 'found', clientId: clientID.toUpperCase() } as const;
const judge = (facts: Partial<IdentityFacts>) =>
  judgeIdentity({
    identity: identity(),
    reading: found,
    refusals: [],
    staleOn: [],
    attached: false,
    ...facts,
  });
const refusal = (name: string, message = `no ${name}`) => ({ resource: pool(name), message });

describe('an AzureIdentity', () => {
  it('is usable where Azure has it with that client ID, and where Azure may not be asked', () => {
    for (const reading of [found, { kind: 'unknown', message: 'no role' }] as const) {
      expect(judge({ reading })?.reason).toBe('Usable');
    }
  });

  it('is not judged before Azure has been asked', () => {
    expect(judge({ reading: undefined })).toBeUndefined();
  });

  it.each([
    ['spec.type', { type: 3 }],
    ['spec.resourceID', { resourceID: 'nonsense' }],
  ])('with an invalid %s says which field, and what to write', (field, spec) => {
    const verdict = judge({ identity: identity(spec), reading: undefined });
    expect(verdict?.reason).toBe('SpecInvalid');
    expect(verdict?.message).toMatch(/^it grants nothing: spec\.\w+: .*\(write .*\)$/);
    expect(verdict?.message).toContain(field);
  });

  it('of a service principal is usable without asking Azure', () => {
    expect(judge({ identity: identity({ type: 1 }), reading: undefined })?.reason).toBe('Usable');
  });

  it('that Azure refuses says where and why, the same in any order', () => {
    const refusals = [
      refusal('pool2'),
      refusal('pool1', 'LinkedAuthorizationFailed: no role'),
      refusal('pool3'),
    ];
    const verdict = judge({ refusals, reading: undefined });
    expect(verdict).toEqual({
      reason: 'RefusedByAzure',
      message:
        'Azure refuses to attach it to virtualMachineScaleSets/pool1 and 2 more: LinkedAuthorizationFailed: no role',
    });
    expect(judge({ refusals: refusals.reverse() })).toEqual(verdict);
  });

  it('that Azure refused before MIC started goes on saying so until it is seen attached, or its spec changes', () => {
    const before = identity({}, 'RefusedByAzure');
    expect(judge({ identity: before })).toEqual({ reason: 'RefusedByAzure', message: 'as before' });
    expect(judge({ identity: before, attached: true })?.reason).toBe('Usable');
    expect(judge({ identity: identity({}, 'RefusedByAzure', 0) })?.reason).toBe('Usable');
  });

  it('that is attached in name only says that it was recreated', () => {
    expect(judge({ staleOn: [pool('pool')], attached: true })).toMatchObject({
      reason: 'RecreatedInAzure',
      message: expect.stringContaining('virtualMachineScaleSets/pool'),
    });
  });

  it('that Azure does not have says so', () => {
    expect(judge({ reading: { kind: 'not-found' }, attached: true })?.reason).toBe('NotFoundInAzure');
  });

  it('with another client ID says so, redacted', () => {
    const other = 'bbbbbbbb-1111-2222-3333-555555555555';
    const verdict = judge({ reading: { kind: 'found', clientId: other } });
    expect(verdict?.reason).toBe('ClientIDMismatch');
    expect(verdict?.message).not.toContain(other);
    expect(verdict?.message).not.toContain(clientID);
    const missing = judge({ identity: identity({ clientID: '' }) });
    expect(missing).toMatchObject({
      reason: 'ClientIDMismatch',
      message: expect.stringMatching(/^spec\.clientID is missing/),
    });
  });

  it('keeps what Azure said last where Azure cannot be asked now', () => {
    const unknown = { kind: 'unknown', message: 'no answer' } as const;
    for (const reason of ['ClientIDMismatch', 'NotFoundInAzure'] as const) {
      expect(judge({ identity: identity({}, reason), reading: unknown })).toEqual({
        reason,
        message: 'as before',
      });
      expect(judge({ identity: identity({}, reason, 0), reading: unknown })?.reason).toBe('Usable');
    }
  });
});
