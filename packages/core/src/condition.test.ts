import { describe, expect, it } from 'vitest';
import { decodeAzureAssignedIdentity } from './azure-assigned-identity.js';
import { decodeAzureIdentity } from './azure-identity.js';
import { decodeAzureIdentityBinding } from './azure-identity-binding.js';
import { NO_CONDITIONS, encodeConditions, nextReady, type ReadyCondition } from './condition.js';

const foreign = { type: 'Audited', status: 'True', lastTransitionTime: '2025-05-05T05:05:05Z', extra: 1 };
const usable = {
  type: 'Ready',
  status: 'True',
  reason: 'Usable',
  message: 'fine',
  observedGeneration: 3,
  lastTransitionTime: '2026-01-01T00:00:00Z',
} as const;
const object = (status: unknown, spec: object = {}): unknown => ({
  metadata: { namespace: 'a', name: 'x', generation: 3 },
  spec,
  status,
});
const conditionsOf = (conditions: unknown) => {
  const decoded = decodeAzureIdentity(object({ conditions }));
  return decoded.ok ? decoded.value.conditions : undefined;
};

describe('status.conditions', () => {
  it('are read from identities and bindings, with the generation', () => {
    for (const decode of [decodeAzureIdentity, decodeAzureIdentityBinding]) {
      const decoded = decode(object({ conditions: [foreign, usable] }));
      const { type: _, ...ready } = usable;
      expect(decoded.ok && decoded.value).toMatchObject({
        generation: 3,
        conditions: { ready, others: [foreign] },
      });
    }
  });

  it('are read from assignments without their messages, and not from what those embed', () => {
    const spec = { azureIdentityRef: object({ conditions: [usable] }), azureBindingRef: {} };
    const decoded = decodeAzureAssignedIdentity(object({ status: 'Assigned', conditions: [usable] }, spec));
    if (!decoded.ok) throw new Error('not decoded');
    expect(decoded.value.conditions.ready).toMatchObject({ reason: 'Usable', message: '' });
    expect(decoded.value.spec.azureIdentityRef.conditions).toBe(NO_CONDITIONS);
  });

  it('cost nothing where there are none', () => {
    for (const conditions of [undefined, null]) expect(conditionsOf(conditions)).toBe(NO_CONDITIONS);
  });

  it('that are no conditions do no harm', () => {
    expect(conditionsOf('Ready')).toEqual(NO_CONDITIONS);
    expect(conditionsOf([null, 1, { type: 'Ready', status: 'Maybe', reason: 7 }])).toEqual({
      ready: {
        status: 'Unknown',
        reason: '',
        message: '',
        observedGeneration: undefined,
        lastTransitionTime: '',
      },
      others: [null, 1],
    });
  });
});

describe('nextReady', () => {
  const at = { now: Date.parse('2026-02-02T02:02:02.345Z'), generation: 3 };
  const { type: _, ...standing } = usable;
  const refused = { reason: 'RefusedByAzure', message: 'no role' } as const;

  it('is the standing condition itself where that says the same', () => {
    expect(nextReady('AzureIdentity', standing, { reason: 'Usable', message: 'fine' }, at)).toBe(standing);
  });

  it('takes a new transition time with a new status only', () => {
    const next = nextReady('AzureIdentity', standing, refused, at);
    expect(next).toEqual({
      ...refused,
      status: 'False',
      observedGeneration: 3,
      lastTransitionTime: '2026-02-02T02:02:02Z',
    });
    const later = { now: at.now + 3_600_000, generation: 4 };
    const again = nextReady('AzureIdentity', next, { reason: 'NotFoundInAzure', message: 'gone' }, later);
    expect(again).toEqual({
      status: 'False',
      reason: 'NotFoundInAzure',
      message: 'gone',
      observedGeneration: 4,
      lastTransitionTime: next.lastTransitionTime,
    });
  });

  it.each([
    ['message', { message: 'other' }],
    ['generation', { observedGeneration: 2 }],
    ['transition time', { lastTransitionTime: '' }],
  ])('is another one where the %s is', (_what, difference) => {
    const old: ReadyCondition = { ...standing, ...difference };
    const next = nextReady('AzureIdentity', old, { reason: 'Usable', message: 'fine' }, at);
    expect(next).not.toBe(old);
    expect(next.lastTransitionTime).toBe(old.lastTransitionTime || '2026-02-02T02:02:02Z');
  });

  it('goes back to the wire beside what others wrote', () => {
    expect(encodeConditions(standing, [foreign])).toEqual([foreign, usable]);
    const { observedGeneration: __, ...withoutGeneration } = usable;
    expect(encodeConditions({ ...standing, observedGeneration: undefined }, [])).toEqual([withoutGeneration]);
  });
});
