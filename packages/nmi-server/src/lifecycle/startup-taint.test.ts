import { VirtualClock } from '@aad-pod-identity/core';
import { KubernetesError, type Connection, type KubernetesRequest } from '@aad-pod-identity/kubernetes';
import { describe, expect, it } from 'vitest';
import { removeStartupTaint, startupTaint } from './startup-taint.js';

type Answer = { readonly status: number; readonly body: unknown };

function setUp(answers: readonly (Answer | KubernetesError)[]) {
  const clock = new VirtualClock();
  const requests: KubernetesRequest[] = [];
  const lines: string[] = [];
  const left = [...answers];
  const connection: Connection = {
    server: 'https://api.example',
    request: (request) => {
      requests.push(request);
      const next = left.shift() ?? new KubernetesError('network', 'no more answers');
      if (next instanceof KubernetesError) return Promise.reject(next);
      return Promise.resolve({
        status: next.status,
        headers: {},
        json: () => Promise.resolve(next.body),
        lines: () => {
          throw new Error('no lines');
        },
      });
    },
    close: () => Promise.resolve(),
  };
  const stop = new AbortController();
  const removed = removeStartupTaint(
    { connection, clock, node: 'n', onTrouble: (line) => lines.push(line) },
    stop.signal,
  );
  return { clock, requests, lines, removed, stop };
}
const other = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
const ours = { key: startupTaint, effect: 'NoSchedule' };
const oursToo = { key: startupTaint, effect: 'NoExecute', value: 'x', timeAdded: '2026-01-01T00:00:00Z' };
const node = (...taints: readonly object[]): Answer => ({ status: 200, body: { spec: { taints } } });
const refused = (code: number, message: string): Answer => ({
  status: code,
  body: { kind: 'Status', code, message },
});

describe('removeStartupTaint', () => {
  it('takes out only ours, with any effect, and only where they were read', async () => {
    const { requests, removed } = setUp([node(ours, other, oursToo), node(other)]);
    expect(await removed).toBe(true);
    expect(requests[1]).toMatchObject({
      method: 'PATCH',
      path: '/api/v1/nodes/n',
      contentType: 'application/json-patch+json',
      body: [
        { op: 'test', path: '/spec/taints/2', value: oursToo },
        { op: 'remove', path: '/spec/taints/2' },
        { op: 'test', path: '/spec/taints/0', value: ours },
        { op: 'remove', path: '/spec/taints/0' },
      ],
    });
  });

  it('writes nothing where there is none', async () => {
    const { requests, removed } = setUp([node(other)]);
    expect(await removed).toBe(false);
    expect(requests).toHaveLength(1);
    expect(await setUp([{ status: 200, body: {} }]).removed).toBe(false);
  });

  it('reads again where the taints changed meanwhile, without a word', async () => {
    const { clock, requests, lines, removed } = setUp([
      node(ours),
      refused(422, 'testing value /spec/taints/0 failed'),
      node(other, ours),
      refused(409, 'the object has been modified'),
      node(ours),
      node(),
    ]);
    await clock.advance(5_000);
    expect(await removed).toBe(true);
    expect([requests.length, lines]).toEqual([6, []]);
  });

  it('says once what permission is missing, and goes on trying until NMI stops', async () => {
    const forbidden = refused(403, 'nodes "n" is forbidden');
    const { clock, lines, removed, stop } = setUp(Array<Answer>(20).fill(forbidden));
    await clock.advance(60_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/the taint .* stays on node n.*forbidden.*trying again/);
    stop.abort();
    await clock.advance(0);
    expect(await removed).toBeUndefined();
    expect(clock.pending).toBe(0);
  });
});
