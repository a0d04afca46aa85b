import type { ComputeResource, ReadyReason, StandingConditions } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { judgeAssignment, judgeFailure, type AttachFailure } from './assignment-verdict.js';

const vm: ComputeResource = {
  type: 'virtualMachines',
  subscriptionId: 's',
  resourceGroup: 'g',
  name: 'vm-0',
};
const start = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;

function standing(reason?: ReadyReason<'AzureAssignedIdentity'>): { conditions: StandingConditions } {
  const ready =
    reason === undefined
      ? undefined
      : {
          status: 'False' as const,
          reason,
          message: '',
          observedGeneration: undefined,
          lastTransitionTime: '2026-01-01T00:00:00Z',
        };
  return { conditions: { ready, others: [] } };
}
const fail = (
  before: ReadyReason<'AzureAssignedIdentity'> | undefined,
  kind: AttachFailure['kind'],
  afterMs: number,
) => judgeFailure(standing(before), vm, { kind, message: 'because' }, start + afterMs)?.reason;

describe('an AzureAssignedIdentity', () => {
  it('says how far it is', () => {
    expect(judgeAssignment({ kind: 'attaching', resource: vm })).toEqual({
      reason: 'Attaching',
      message: 'the identity has to be attached to virtualMachines/vm-0',
    });
    expect(judgeAssignment({ kind: 'assigned' }).reason).toBe('Assigned');
    expect(judgeAssignment({ kind: 'unassigned' }).reason).toBe('Unassigned');
  });

  it.each([
    ['poison', 'RefusedByAzure'],
    ['forbidden', 'AzureForbidden'],
    ['rejected', 'RequestRejected'],
    ['not-found', 'ResourceNotFound'],
    ['deleting', 'ResourceNotFound'],
  ] as const)('says a failure of kind %s at once, and once', (kind, reason) => {
    expect(fail('Attaching', kind, 0)).toBe(reason);
    expect(fail(undefined, kind, 0)).toBe(reason);
    expect(fail(reason, kind, 60 * minute)).toBeUndefined();
    expect(judgeFailure(standing(), vm, { kind, message: 'because' }, start)?.message).toBe(
      'the identity is not attached to virtualMachines/vm-0: because',
    );
  });

  it.each(['throttled', 'transient', 'conflict'] as const)(
    'says a failure of kind %s only after two minutes of them',
    (kind) => {
      expect(fail('Attaching', kind, 2 * minute - 1)).toBeUndefined();
      expect(fail('Attaching', kind, 2 * minute)).toBe('AzureDelayed');
      expect(fail('AzureDelayed', kind, 9 * minute)).toBeUndefined();
      expect(fail('RefusedByAzure', kind, 9 * minute)).toBeUndefined();
      expect(fail(undefined, kind, 9 * minute)).toBeUndefined();
    },
  );

  it('says nothing about a MIC that stops', () => {
    expect(fail('Attaching', 'aborted', 9 * minute)).toBeUndefined();
  });
});
