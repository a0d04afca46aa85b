import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, mergePatch, strategicMergePatch } from '../harness/api.js';
import { expectFailure, names, stable } from '../harness/expectations.js';
import { apiVersion, core } from '../harness/objects.js';

/** Events, as controllers write them and `kubectl describe` reads them. */
export function events(api: Api): void {
  let namespace: string;
  let path: string;
  beforeAll(async () => {
    namespace = await api.namespace();
    path = core('events', namespace);
  });
  const event = (name: string, about = 'web'): object => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name },
    involvedObject: { apiVersion, kind: 'AzureIdentityBinding', namespace, name: about, uid: 'u-1' },
    reason: 'binding applied',
    message: 'the binding was applied',
    source: { component: 'aad-pod-identity-mic' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    count: 1,
    type: 'Normal',
  });

  it('are kept as written, with the empty fields of their kind', async () => {
    const answer = await api.post(path, event('web.1'));
    expect(answer.status).toBe(201);
    expect(stable(answer.body)).toEqual({
      ...event('web.1'),
      metadata: { name: 'web.1', namespace },
      eventTime: null,
      reportingComponent: '',
      reportingInstance: '',
    });
  });

  it.each([
    ['strategic merge', strategicMergePatch],
    ['merge', mergePatch],
  ])('count up by %s patch', async (kind, contentType) => {
    const name = `counted.${kind.length}`;
    await api.created(path, event(name));
    const answer = await api.patch(`${path}/${name}`, contentType, {
      count: 2,
      lastTimestamp: '2026-01-01T00:01:00Z',
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      count: 2,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:01:00Z',
      reason: 'binding applied',
    });
  });

  it('are found by the object that they are about', async () => {
    await api.created(path, event('other.1', 'other'));
    const selector = `involvedObject.name=other,involvedObject.namespace=${namespace},involvedObject.kind=AzureIdentityBinding,involvedObject.uid=u-1`;
    expect(names(await api.get(`${path}?fieldSelector=${encodeURIComponent(selector)}`))).toEqual([
      'other.1',
    ]);
  });

  it('stand in the namespace of their object, or are refused', async () => {
    const misplaced = {
      ...event('misplaced'),
      involvedObject: { kind: 'Pod', namespace: 'elsewhere', name: 'web' },
    };
    const message = 'Invalid value: "elsewhere": does not match event.namespace';
    expectFailure(await api.post(path, misplaced), {
      code: 422,
      reason: 'Invalid',
      message: `Event "misplaced" is invalid: involvedObject.namespace: ${message}`,
      details: {
        name: 'misplaced',
        kind: 'Event',
        causes: [{ reason: 'FieldValueInvalid', message, field: 'involvedObject.namespace' }],
      },
    });
  });

  describe('of objects without a namespace', () => {
    it('stand in default', async () => {
      const about = { ...event(`${namespace}.1`), involvedObject: { kind: 'Node', name: namespace } };
      const answer = await api.post(core('events', 'default'), about);
      expect(answer.status).toBe(201);
      expect((await api.delete(core('events', 'default', `${namespace}.1`))).status).toBe(200);
    });
  });
}
