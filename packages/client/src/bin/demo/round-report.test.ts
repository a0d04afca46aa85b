import { describe, expect, it } from 'vitest';
import { PodIdentityClientError } from '../../client-error.js';
import { describeRound, reportRound } from './round-report.js';
import { succeeded, type Round } from './round.js';

const clientId = 'c1c1c1c1-0000-0000-0000-000000000001';
const good: Round = {
  token: {
    ok: true,
    value: {
      token: 'secret-token',
      tokenType: 'Bearer',
      expiresOnTimestamp: 3_600_500,
      resource: 'https://r',
      clientId,
      auxiliaryTokens: [],
    },
  },
  virtualMachines: { ok: true, value: ['vm-1', 'vm-2'] },
  instance: {
    ok: true,
    value: {
      name: 'node-1',
      vmId: undefined,
      resourceId: undefined,
      location: 'westeurope',
      subscriptionId: 's',
      resourceGroup: 'rg',
      scaleSet: undefined,
      answer: { compute: {} },
    },
  },
};
const failure = new PodIdentityClientError('denied', 'h answered 403 access_denied (reason: no-label)', {
  status: 403,
  error: 'access_denied',
  reason: 'no-label',
});
const refused: Round = { ...good, token: { ok: false, failure }, virtualMachines: undefined };

describe('a round of the demo', () => {
  it('is told without the token, and with its client ID redacted', () => {
    const told = `${describeRound(good, 0)}${JSON.stringify(reportRound(good))}`;
    expect(told).not.toContain('secret-token');
    expect(told).not.toContain(clientId);
    expect(describeRound(good, 0)).toBe(
      'token of identity c1c1##### REDACTED #####0001 for https://r: redacted (12 characters), ends in 1h0m0s\n' +
        '2 VMs: vm-1, vm-2\n' +
        'running on VM node-1 in westeurope, resource group rg\n',
    );
    expect(reportRound(good)).toMatchObject({
      token: { expiresOn: '1970-01-01T01:00:00.500Z' },
      virtualMachines: ['vm-1', 'vm-2'],
      instance: { name: 'node-1' },
    });
  });

  it('tells why there was no token', () => {
    expect(describeRound(refused, 0)).toContain('no token: h answered 403 access_denied (reason: no-label)');
    expect(reportRound(refused)).toMatchObject({
      token: { failure: { status: 403, error: 'access_denied', reason: 'no-label' } },
      virtualMachines: undefined,
    });
  });

  it('succeeded only where all of it worked, but for metadata that an administrator blocked', () => {
    const denied = { ok: false, failure: new PodIdentityClientError('denied', '') } as const;
    const broken = { ok: false, failure: new PodIdentityClientError('timeout', '') } as const;
    expect(succeeded(good)).toBe(true);
    expect(succeeded({ ...good, instance: denied })).toBe(true);
    expect(succeeded({ ...good, instance: broken })).toBe(false);
    expect(succeeded({ ...good, virtualMachines: broken })).toBe(false);
    expect(succeeded(refused)).toBe(false);
  });
});
