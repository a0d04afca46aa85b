import type { ReadyCondition } from '@aad-pod-identity/core';
import {
  KubernetesError,
  fencedConnection,
  type Connection,
  type KubernetesRequest,
  type LeaderTerm,
} from '@aad-pod-identity/kubernetes';
import { describe, expect, it } from 'vitest';
import { kubernetesStatus, type JudgedObject } from './status-writer.js';
import { identity } from './testing/objects.js';

const foreign = { type: 'Audited', status: 'True' };
const object: JudgedObject = {
  ...identity('id1'),
  resourceVersion: '7',
  conditions: { ready: undefined, others: [foreign] },
};
const ready: ReadyCondition = {
  status: 'True',
  reason: 'Usable',
  message: 'm',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
};
const path = '/apis/aadpodidentity.k8s.io/v1/namespaces/default/azureidentities/id1';
const metadata = { namespace: 'default', name: 'id1', uid: object.uid, resourceVersion: '8' };
const { signal } = new AbortController();

interface Answer {
  readonly status: number;
  readonly body: object;
}
const failure = (code: number, reason: string): Answer => ({
  status: code,
  body: { kind: 'Status', status: 'Failure', code, reason, message: reason },
});

/** An API server that answers from a list. */
function answering(...answers: Answer[]): { connection: Connection; requests: KubernetesRequest[] } {
  const requests: KubernetesRequest[] = [];
  const connection: Connection = {
    server: 'https://test.invalid',
    request: async (request) => {
      requests.push(request);
      const answer = answers.shift();
      if (answer === undefined) throw new Error('no answer left');
      return {
        status: answer.status,
        headers: {},
        json: async () => answer.body,
        lines: async function* () {},
      };
    },
    close: async () => undefined,
  };
  return { connection, requests };
}

describe('kubernetesStatus', () => {
  it('patches the status of the version that was judged, and keeps the conditions of others', async () => {
    const conditions = [foreign, { type: 'Ready', ...ready }];
    const { connection, requests } = answering({ status: 200, body: { metadata, status: { conditions } } });
    const written = await kubernetesStatus(connection).write('AzureIdentity', object, ready, signal);
    expect(written).toEqual({ kind: 'written' });
    expect(requests).toMatchObject([
      {
        method: 'PATCH',
        path: `${path}/status`,
        contentType: 'application/merge-patch+json',
        body: { metadata: { resourceVersion: '7' }, status: { conditions } },
      },
    ]);
  });

  it('tells where the condition does not come back', async () => {
    const { connection } = answering({ status: 200, body: { metadata, status: {} } });
    expect(await kubernetesStatus(connection).write('AzureIdentity', object, ready, signal)).toEqual({
      kind: 'unsupported',
      why: 'the CRD azureidentities.aadpodidentity.k8s.io drops status.conditions',
    });
  });

  it('tells a kind without the subresource from an object that is gone', async () => {
    const there = answering(failure(404, 'NotFound'), { status: 200, body: { metadata } });
    expect(await kubernetesStatus(there.connection).write('AzureIdentity', object, ready, signal)).toEqual({
      kind: 'unsupported',
      why: 'the CRD azureidentities.aadpodidentity.k8s.io has no status subresource',
    });
    expect(there.requests.map(({ method }) => method)).toEqual(['PATCH', 'GET']);
    const gone = answering(failure(404, 'NotFound'), failure(404, 'NotFound'));
    const again = answering(failure(404, 'NotFound'), {
      status: 200,
      body: { metadata: { ...metadata, uid: 'another' } },
    });
    for (const { connection } of [gone, again]) {
      expect(await kubernetesStatus(connection).write('AzureIdentity', object, ready, signal)).toEqual({
        kind: 'gone',
      });
    }
  });

  it('tells a missing right from an object that the API server refuses', async () => {
    for (const [answer, kind] of [
      [failure(403, 'Forbidden'), 'forbidden'],
      [failure(422, 'Invalid'), 'refused'],
    ] as const) {
      const { connection } = answering(answer);
      const written = await kubernetesStatus(connection).write('AzureIdentityBinding', object, ready, signal);
      expect(written.kind).toBe(kind);
    }
  });

  it('rejects where it is to be tried again', async () => {
    const { connection } = answering(failure(409, 'Conflict'));
    await expect(
      kubernetesStatus(connection).write('AzureIdentity', object, ready, signal),
    ).rejects.toMatchObject({ code: 'conflict' });
  });

  it('writes nothing once the lease is lost', async () => {
    const { connection, requests } = answering();
    const term: LeaderTerm = {
      number: 1,
      leading: new AbortController().signal,
      stopping: new AbortController().signal,
      validUntil: () => 0,
      assertLeading: () => {
        throw new KubernetesError('not-leading', 'the lease is lost');
      },
    };
    const status = kubernetesStatus(fencedConnection(connection, term));
    await expect(status.write('AzureIdentity', object, ready, signal)).rejects.toMatchObject({
      code: 'not-leading',
    });
    expect(requests).toEqual([]);
  });
});
