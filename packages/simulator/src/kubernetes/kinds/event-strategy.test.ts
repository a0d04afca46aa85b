import { describe, expect, it } from 'vitest';
import { refusal, testCluster } from '../testing/cluster.js';

const old = {
  metadata: { name: 'e' },
  involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
  reason: 'r',
};
const modern = {
  metadata: { name: 'e' },
  regarding: { kind: 'Pod', name: 'p', namespace: 'default' },
  eventTime: '2026-01-01T00:00:00.000000Z',
  reportingController: 'aadpodidentity.k8s.io/mic',
  reportingInstance: 'mic-0',
  action: 'Assign',
  reason: 'Assigned',
  note: 'hello',
  type: 'Normal',
};

describe('events', () => {
  it('are one store with two views', () => {
    const { api } = testCluster();
    api.objects.create('events.events.k8s.io', modern);
    const key = { namespace: 'default', name: 'e' };
    expect(api.objects.get('events', key)).toMatchObject({
      apiVersion: 'v1',
      message: 'hello',
      involvedObject: { name: 'p' },
    });
    expect(api.objects.get('events.events.k8s.io', key)).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      note: 'hello',
      deprecatedSource: {},
      regarding: { name: 'p' },
    });
  });

  it('with a time of their own must say who reports what', () => {
    const { api } = testCluster();
    const { reportingController: _controller, action: _action, ...rest } = modern;
    const { details } = refusal(() => api.objects.create('events.events.k8s.io', rest));
    expect(details?.causes?.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['reportingController', 'action']),
    );
    expect(
      refusal(() => api.objects.create('events.events.k8s.io', { ...modern, deprecatedCount: 2 })).code,
    ).toBe(422);
  });

  it('stand in the namespace of what they are about', () => {
    const { api } = testCluster();
    const elsewhere = { ...old, involvedObject: { ...old.involvedObject, namespace: 'kube-system' } };
    expect(refusal(() => api.objects.create('events', elsewhere)).code).toBe(422);
    api.objects.create('events', { ...old, involvedObject: { kind: 'Node', name: 'n' } });
  });

  it('and Leases take times of six digits only', () => {
    const { api } = testCluster();
    const code = (operation: () => unknown): number => refusal(operation).code;
    expect(code(() => api.objects.create('events', { ...old, eventTime: '2026-01-01T00:00:00.123Z' }))).toBe(
      400,
    );
    const lease = (renewTime: unknown): object => ({ metadata: { name: 'l' }, spec: { renewTime } });
    for (const time of ['2026-01-01T00:00:00.123Z', '2026-01-01T00:00:00Z', 5]) {
      expect(code(() => api.objects.create('leases.coordination.k8s.io', lease(time)))).toBe(400);
    }
    api.objects.create('leases.coordination.k8s.io', lease('2026-01-01T00:00:00.123456Z'));
  });
});
