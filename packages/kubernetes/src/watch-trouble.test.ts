import { VirtualClock } from '@aad-pod-identity/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { KubernetesError, type KubernetesErrorCode } from './kubernetes-error.js';
import { WatchTrouble } from './watch-trouble.js';

const pods = { group: '', plural: 'pods' };
const nodes = { group: '', plural: 'nodes' };
const failing = (code: KubernetesErrorCode) =>
  ({
    kind: 'retrying',
    operation: 'list',
    error: new KubernetesError(code, 'm'),
    failures: 1,
    retryInMs: 500,
  }) as const;

describe('WatchTrouble', () => {
  let lines: string[];
  let clock: VirtualClock;
  let trouble: WatchTrouble;
  beforeEach(() => {
    lines = [];
    clock = new VirtualClock();
    trouble = new WatchTrouble(clock, (line) => lines.push(line));
  });

  it('tells once that the server cannot be reached, whatever the kind', () => {
    for (const resource of [pods, nodes, pods, nodes]) trouble.note(resource, failing('network'));
    expect(lines).toEqual(['cannot reach the API server to list pods: m; retrying in 0.5 s']);
  });

  it('tells of each kind that has a trouble of its own', () => {
    for (const resource of [pods, nodes, pods]) trouble.note(resource, failing('forbidden'));
    expect(lines.map((line) => line.slice(0, 26))).toEqual([
      'no permission to list pods',
      'no permission to list node',
    ]);
  });

  it('tells again after a while, and of what comes back', async () => {
    trouble.note(pods, failing('network'));
    await clock.advance(60_000);
    trouble.note(pods, failing('network'));
    trouble.note(nodes, { kind: 'watching', resourceVersion: '1' });
    trouble.note(pods, failing('network'));
    expect(lines).toHaveLength(3);
  });
});
