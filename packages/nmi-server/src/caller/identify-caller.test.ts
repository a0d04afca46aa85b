import type { Pod } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, isLoopback } from './address.js';
import { identifyAmongAll, identifyCaller, type Caller } from './identify-caller.js';

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
  it('knows the one live pod, and says where it is being deleted', () => {
    const live = pod('a');
    expect(identify('10.1.0.7', live)).toEqual({ kind: 'pod', pod: live });
    const leaving = pod('a', { deleting: true });
    expect(identify('10.1.0.7', leaving)).toEqual({ kind: 'leaving', pod: leaving });
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

describe('identifyAmongAll', () => {
  const leaving = pod('a', { deleting: true });
  const among = (...pods: Pod[]): { kind: string; names: string[] } => {
    const caller = identifyAmongAll('10.1.0.7', pods, {
      podsAt: (asked) => pods.filter(({ podIPs }) => podIPs.includes(asked)),
      isNodeAddress: () => false,
    });
    const candidates = caller.kind === 'in-doubt' ? caller.candidates : [];
    return { kind: caller.kind, names: candidates.map(({ name }) => name) };
  };

  it('believes a pod that is being deleted where every other pod has an address of its own', () => {
    expect(among(leaving, pod('b', { podIPs: ['10.1.0.8'] })).kind).toBe('pod');
  });

  it('believes nobody where a pod may have the address that has none yet', () => {
    const starting = pod('b', { podIPs: [], phase: 'Pending' });
    expect(among(leaving, starting)).toEqual({ kind: 'in-doubt', names: ['b'] });
    expect(among(leaving, { ...starting, deleting: true }).kind).toBe('in-doubt');
    // The same name, another pod: of a StatefulSet, on the same node.
    expect(among(leaving, { ...starting, name: 'a' }).kind).toBe('in-doubt');
  });

  it('does not take pods in the network of the node, and finished ones, for the next to have it', () => {
    expect(among(leaving, pod('b', { podIPs: [], hostNetwork: true })).kind).toBe('pod');
    expect(among(leaving, pod('b', { podIPs: [], phase: 'Failed' })).kind).toBe('pod');
  });

  it('takes no notice of pods without an address while a pod that stays has it', () => {
    expect(among(pod('a'), pod('b', { podIPs: [] })).kind).toBe('pod');
  });
});
