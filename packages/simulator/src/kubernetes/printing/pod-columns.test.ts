import { describe, expect, it } from 'vitest';
import { podColumns } from './pod-columns.js';

const cell = (name: string, status: object, metadata: object = {}, spec: object = {}): unknown => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ...metadata },
    spec: { containers: [{}, {}], ...spec },
    status,
  };
  return podColumns.find((column) => column.name === name)?.cell(pod, 0);
};
const running = { ready: true, restartCount: 2, state: { running: {} } };

describe('podColumns', () => {
  it('counts the containers that are ready, and restarts', () => {
    const status = { containerStatuses: [running, { ready: false, restartCount: 1, state: {} }] };
    expect(cell('Ready', status)).toBe('1/2');
    expect(cell('Restarts', status)).toBe('3');
  });

  it.each([
    [{ phase: 'Pending' }, 'Pending'],
    [{ phase: 'Failed', reason: 'Evicted' }, 'Evicted'],
    [
      { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] },
      'ImagePullBackOff',
    ],
    [{ phase: 'Running', containerStatuses: [{ state: { terminated: { exitCode: 3 } } }] }, 'ExitCode:3'],
    [
      { phase: 'Running', containerStatuses: [{ state: { terminated: { signal: 9, exitCode: 137 } } }] },
      'Signal:9',
    ],
    [
      { phase: 'Running', containerStatuses: [running, { state: { terminated: { reason: 'Completed' } } }] },
      'NotReady',
    ],
  ])('%j is %s', (status, text) => {
    expect(cell('Status', status)).toBe(text);
  });

  it('says that a pod ends, unless it has ended', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(cell('Status', { phase: 'Running' }, metadata)).toBe('Terminating');
    expect(cell('Status', { phase: 'Succeeded' }, metadata)).toBe('Succeeded');
  });

  it('says <none> for what is not there yet', () => {
    expect([cell('IP', {}), cell('Node', {}), cell('Readiness Gates', {})]).toEqual([
      '<none>',
      '<none>',
      '<none>',
    ]);
    expect(cell('IP', { podIPs: [{ ip: '10.0.0.1' }] })).toBe('10.0.0.1');
  });
});
