import type { Pod } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, isLoopback } from './address.js';
import { identifyCaller, type Caller } from './identify-caller.js';

describe('canonicalAddress', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::FFFF:a01:203', '10.1.2.3'],
    ['fd00:0:0:0::1', 'fd00::1'],
    ['FE80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
    ['', undefined],
    ['10.1.2', undefined],
    ['a.b.c.d', undefined],
    ['010.1.2.3', undefined],
  ])('%s is %s', (text, expected) => {
    expect(canonicalAddress(text)).toBe(expected);
  });

  it('tells loopback', () => {
    expect(['127.0.0.1', '127.9.0.1', '::1', '10.127.0.1', '::2'].map(isLoopback)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

function pod(name: string, extra: Partial<Pod> = {}): Pod {
  return {
    namespace: 'team-a',
    name,
    uid: name,
    resourceVersion: '1',
    labels: {},
    nodeName: 'n',
    phase: 'Running',
    podIPs: ['10.1.0.7'],
    hostNetwork: false,
    deleting: false,
    ...extra,
  };
}

function identify(address: string | undefined, ...pods: Pod[]): Caller {
  return identifyCaller(address, {
    podsAt: (asked) => pods.filter(({ podIPs }) => podIPs.includes(asked)),
    isNodeAddress: (asked) => asked === '10.0.0.4',
  });
}

describe('identifyCaller', () => {
  it('knows the one live pod, also while it is being deleted', () => {
    const leaving = pod('a', { deleting: true });
    expect(identify('10.1.0.7', leaving)).toEqual({ kind: 'pod', pod: leaving });
  });

  it('does not count finished pods', () => {
    const next = pod('b');
    expect(identify('10.1.0.7', pod('a', { phase: 'Succeeded' }), next)).toEqual({ kind: 'pod', pod: next });
    expect(identify('10.1.0.7', pod('a', { phase: 'Failed' }))).toEqual({ kind: 'unknown' });
  });

  it('believes nobody where two claim an address, one of them leaving or not', () => {
    expect(identify('10.1.0.7', pod('a', { deleting: true }), pod('b')).kind).toBe('ambiguous');
    expect(identify('10.1.0.7', pod('a'), pod('b')).kind).toBe('ambiguous');
  });

  it("never takes the node's addresses or pods in its network for a pod", () => {
    expect(identify('10.0.0.4', pod('a', { podIPs: ['10.0.0.4'] }))).toEqual({
      kind: 'node',
    });
    expect(identify('10.0.0.5', pod('a', { podIPs: ['10.0.0.5'], hostNetwork: true }))).toEqual({
      kind: 'node',
    });
    expect(identify('127.0.0.1', pod('a', { podIPs: ['127.0.0.1'] }))).toEqual({
      kind: 'node',
    });
  });

  it('takes a loopback address for a pod where a pod has it', () => {
    const simulated = pod('a', { podIPs: ['127.1.0.10'] });
    expect(identify('127.1.0.10', simulated)).toEqual({ kind: 'pod', pod: simulated });
    expect(identify('127.1.0.11', simulated)).toEqual({ kind: 'unknown' });
  });

  it('knows nobody without an address', () => {
    expect(identify(undefined).kind).toBe('unknown');
    expect(identify('10.9.9.9').kind).toBe('unknown');
  });
});
