import type { VirtualClock } from '@aad-pod-identity/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventRecorder, type DroppedEvent, type ObjectReference } from './event-recorder.js';
import { KubernetesError } from './kubernetes-error.js';
import { failure, FakeConnection } from './testing/fake-connection.js';
import { ObjectServer, type StoredJson } from './testing/object-server.js';
import { seededRandom, turn, virtualClock } from './testing/virtual.js';

const pod: ObjectReference = { apiVersion: 'v1', kind: 'Pod', namespace: 'team-a', name: 'web', uid: 'u1' };

describe('EventRecorder', () => {
  let clock: VirtualClock;
  let server: ObjectServer;
  let connection: FakeConnection;
  let recorder: EventRecorder;
  let dropped: DroppedEvent[];

  beforeEach(() => {
    clock = virtualClock();
    server = new ObjectServer();
    dropped = [];
    connection = new FakeConnection(clock, server.handle);
    recorder = new EventRecorder({
      connection,
      clock,
      random: seededRandom(7),
      component: 'aad-pod-identity-mic',
      host: 'node-1',
      onDropped: (drop) => dropped.push(drop),
    });
  });

  const stored = (): StoredJson[] => [...server.objects.values()];

  it('records an event on a namespaced object', async () => {
    recorder.record(pod, 'Warning', 'binding apply error', 'no such identity');
    expect(connection.requests).toEqual([]);
    await recorder.flush(1_000);
    expect(stored()[0]).toMatchObject({
      metadata: { namespace: 'team-a', name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) },
      involvedObject: pod,
      type: 'Warning',
      reason: 'binding apply error',
      message: 'no such identity',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      source: { component: 'aad-pod-identity-mic', host: 'node-1' },
    });
    expect(clock.pending).toBe(0);
  });

  it('remembers so many events and no more, each for as long as the API server keeps it', async () => {
    const few = new EventRecorder({
      connection,
      clock,
      random: seededRandom(9),
      component: 'aad-pod-identity-nmi',
      mostObjects: 2,
    });
    const record = async (name: string): Promise<number> => {
      const before = server.objects.size;
      few.record({ ...pod, name, uid: name }, 'Warning', 'r', 'm');
      await few.flush(1_000);
      return server.objects.size - before;
    };
    expect([await record('a'), await record('a')]).toEqual([1, 0]);
    for (const name of ['b', 'c', 'd']) await record(name);
    expect(await record('a')).toBe(0);
    for (const name of ['b', 'c', 'd', 'e']) await record(name);
    expect(await record('a')).toBe(1);
    await clock.advance(3_600_000);
    expect(await record('b')).toBe(1);
    expect(await record('a')).toBe(1);
  });

  it('records an event that is to be there once under one name, whoever records it', async () => {
    const node: ObjectReference = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u2' };
    recorder.record(node, 'Warning', 'r', 'm', { once: true });
    recorder.record({ ...node, uid: 'u3' }, 'Warning', 'r', 'm', { once: true });
    await recorder.flush(1_000);
    const restarted = new EventRecorder({
      connection,
      clock,
      random: seededRandom(8),
      component: 'aad-pod-identity-mic',
      host: 'node-2',
      onDropped: (drop) => dropped.push(drop),
    });
    restarted.record(node, 'Warning', 'r', 'm', { once: true });
    await restarted.flush(1_000);
    expect(stored().map(({ involvedObject }) => involvedObject)).toEqual([node, { ...node, uid: 'u3' }]);
    expect(dropped).toEqual([]);
  });

  it('puts events on cluster-scoped objects into the namespace default', async () => {
    recorder.record({ apiVersion: 'v1', kind: 'Node', name: 'n1' }, 'Normal', 'r', 'm');
    await recorder.flush(1_000);
    expect(connection.requests[0]?.path).toBe('/api/v1/namespaces/default/events');
  });

  it('counts repeats on the first, with a patch', async () => {
    recorder.record(pod, 'Normal', 'r', 'm');
    await recorder.flush(1_000);
    await clock.advance(5_000);
    recorder.record(pod, 'Normal', 'r', 'm');
    recorder.record(pod, 'Normal', 'r', 'm');
    await recorder.flush(1_000);
    expect(connection.requests.map(({ method }) => method)).toEqual(['POST', 'PATCH']);
    expect(stored()).toHaveLength(1);
    expect(stored()[0]).toMatchObject({
      count: 3,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:05Z',
    });
  });

  it('creates an event anew where it has expired', async () => {
    recorder.record(pod, 'Normal', 'r', 'm');
    await recorder.flush(1_000);
    server.objects.clear();
    recorder.record(pod, 'Normal', 'r', 'm');
    await recorder.flush(1_000);
    expect(stored()[0]).toMatchObject({ count: 2 });
  });

  it('combines many similar events, and bounds what one object may cause', async () => {
    for (let i = 0; i < 40; i++) recorder.record(pod, 'Warning', 'denied', `request ${i}`);
    recorder.record({ ...pod, name: 'other', uid: 'u2' }, 'Warning', 'denied', 'request');
    await recorder.flush(1_000);
    const ofPod = stored().filter(({ involvedObject }) => involvedObject.name === 'web');
    expect(ofPod).toHaveLength(11);
    expect(ofPod.at(-1)).toMatchObject({ message: '(combined from similar events) request 24', count: 15 });
    expect(dropped).toHaveLength(15);
    expect(dropped[0]).toEqual({ reason: 'rate-limit' });
    expect(stored()).toHaveLength(12);
    await clock.advance(300_000);
    recorder.record(pod, 'Warning', 'denied', 'again');
    expect(dropped).toHaveLength(15);
  });

  it('cuts what is too long, and keeps names valid', async () => {
    const name = `${'n'.repeat(234)}.-${'m'.repeat(19)}`;
    recorder.record({ ...pod, name }, 'Normal', 'r'.repeat(500), 'm'.repeat(5_000));
    await recorder.flush(1_000);
    const event = stored()[0]!;
    expect([event['reason'].length, event['message'].length]).toEqual([128, 1_024]);
    expect(event['metadata'].name).toMatch(/^n{234}\.[0-9a-f]{16}$/);
  });

  it('tries again while the server is away, then gives up without a word to the caller', async () => {
    connection.handler = () => {
      throw new KubernetesError('network', 'ECONNREFUSED');
    };
    recorder.record(pod, 'Normal', 'r', 'm');
    await clock.advance(60_000);
    expect(connection.requests).toHaveLength(4);
    expect(dropped).toMatchObject([{ reason: 'failed', error: { code: 'network' } }]);
    connection.handler = server.handle;
    recorder.record(pod, 'Normal', 'r', 'm');
    await recorder.flush(1_000);
    expect(stored()[0]).toMatchObject({ count: 2 });
  });

  it('does not try again what is refused', async () => {
    connection.handler = () => failure(403, 'Forbidden');
    recorder.record(pod, 'Normal', 'r', 'm');
    await recorder.flush(1_000);
    expect(connection.requests).toHaveLength(1);
    expect(dropped).toMatchObject([{ reason: 'failed', error: { code: 'forbidden' } }]);
  });

  it('bounds what waits, and how long a flush takes', async () => {
    connection.handler = () => new Promise(() => undefined);
    for (let i = 0; i < 1_200; i++)
      recorder.record({ ...pod, name: `pod-${i}`, uid: `${i}` }, 'Normal', 'r', 'm');
    await turn();
    expect(dropped.length).toBeGreaterThanOrEqual(199);
    expect(dropped[0]).toEqual({ reason: 'queue-full' });
    const flushed = recorder.flush(2_000);
    await clock.advance(2_000);
    await flushed;
    recorder.stop();
    await turn();
    expect(clock.pending).toBe(0);
    recorder.record(pod, 'Normal', 'r', 'after the end');
    await turn();
    expect(connection.requests).toHaveLength(1);
  });
});
