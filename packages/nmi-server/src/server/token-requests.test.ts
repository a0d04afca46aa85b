import { once } from 'node:events';
import { connect } from 'node:net';
import { decodePod, type Pod } from '@aad-pod-identity/core';
import type { ClusterEvent } from '@aad-pod-identity/matcher';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PodLookup } from '../caller/pod-lookup.js';
import { refuse } from '../request/refusal.js';
import {
  assignedJson,
  bindingJson,
  exceptionJson,
  grantedPod,
  identityJson,
  podJson,
  removal,
  testClientId,
  upsert,
} from '../testing/cluster-objects.js';
import { startFakeImds, type FakeImds } from '../testing/fake-imds.js';
import { getRaw, sendRaw, type RawAnswer } from '../testing/raw-http.js';
import { serveNmi, type ServedNmi, type ServedNmiOptions } from '../testing/served-nmi.js';
import { until } from '../testing/until.js';
import { UpstreamError } from '../token/upstream-error.js';

const ip = '127.1.0.10';
const token = '/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net/';
const granted = grantedPod(ip);

let imds: FakeImds;
let nmi: ServedNmi;
const serve = async (options: Partial<ServedNmiOptions> = {}): Promise<void> => {
  nmi = await serveNmi({ imdsPort: imds.port, ...options });
};
const ask = (target = token, from = ip, headers?: readonly string[]): Promise<RawAnswer> =>
  getRaw(target, { port: nmi.port, from }, headers);
const json = (answer: RawAnswer): Record<string, unknown> =>
  JSON.parse(answer.body) as Record<string, unknown>;

beforeEach(async () => {
  imds = await startFakeImds();
});
afterEach(async () => {
  await nmi[Symbol.asyncDispose]();
  await imds[Symbol.asyncDispose]();
});

describe('a token request', () => {
  it("is answered in IMDS's shape, the resource exactly as asked, and logged without the token", async () => {
    await serve();
    nmi.apply(...granted.all.map(upsert));
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.head).toMatch(/content-type: application\/json/i);
    expect(json(answer)).toEqual({
      access_token: `token ${testClientId} https://vault.azure.net/ 1`,
      refresh_token: '',
      expires_in: expect.stringMatching(/^863\d\d$|^86400$/),
      expires_on: expect.stringMatching(/^\d+$/),
      not_before: expect.stringMatching(/^\d+$/),
      resource: 'https://vault.azure.net/',
      token_type: 'Bearer',
      client_id: testClientId,
    });
    expect(imds.seen[0]?.target).toBe(
      `/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net%2F&client_id=${testClientId}`,
    );
    expect(nmi.records).toMatchObject([
      {
        outcome: 'token',
        status: 200,
        pod: { name: 'app' },
        identity: { name: 'id1' },
        clientId: 'c1c1##### REDACTED #####0001',
      },
    ]);
    expect(JSON.stringify(nmi.records)).not.toContain('token c1c1');
  });

  it('asks IMDS once for many callers, but decides each of them anew', async () => {
    await serve();
    nmi.apply(...granted.all.map(upsert));
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(imds.seen).toHaveLength(1);
    nmi.apply(removal(granted.binding));
    const denied = await ask();
    expect(denied.status).toBe(404);
    expect(json(denied)).toMatchObject({
      error: 'identity_not_found',
      reason: 'no-binding',
      error_description: expect.stringContaining('selector "app"'),
      correlation_id: nmi.records.at(-1)?.correlationId,
    });
  });

  it.each<[string, ClusterEvent, string]>([
    ['binding is deleted', removal(granted.binding), '404 no-binding'],
    ['identity is deleted', removal(granted.identity), '404 identity-missing'],
    ['assignment is deleted', removal(granted.assigned), '503 not-assigned'],
    [
      'assignment is no longer Assigned',
      upsert(assignedJson(granted.pod, granted.identity, granted.binding, 'Unassigned')),
      '503 not-assigned',
    ],
    ['pod is deleted', removal(granted.pod), '404 unknown-caller'],
    ['pod has lost its label', upsert(podJson({ name: 'app', ip })), '403 no-label'],
    ['pod has another label', upsert(podJson({ name: 'app', label: 'other', ip })), '404 no-binding'],
    [
      'pod is finished',
      upsert(podJson({ name: 'app', label: 'app', ip, phase: 'Failed' })),
      '404 unknown-caller',
    ],
  ])('is denied, though its token is held, once the %s', async (_, event, expected) => {
    await serve();
    nmi.apply(...granted.all.map(upsert));
    expect((await ask()).status).toBe(200);
    nmi.apply(event);
    const denied = await ask();
    expect(`${denied.status} ${String(json(denied)['reason'])}`).toBe(expected);
    expect(imds.seen).toHaveLength(1);
  });

  it('waits for Assigned and is answered with its event', async () => {
    await serve({ bounds: { createdMs: 10_000 } });
    const { pod, identity, binding } = granted;
    nmi.apply(...[pod, identity, binding].map(upsert));
    const asked = ask();
    await until(() => nmi.waiters.count === 1);
    const assignedAt = performance.now();
    nmi.apply(upsert(granted.assigned));
    expect((await asked).status).toBe(200);
    expect(performance.now() - assignedAt).toBeLessThan(1_000);
  });

  it('costs nothing more once its caller hung up', async () => {
    await serve({ bounds: { createdMs: 60_000 } });
    nmi.apply(...[granted.pod, granted.identity, granted.binding].map(upsert));
    const hangUp = new AbortController();
    const asked = getRaw(token, { port: nmi.port, from: ip, signal: hangUp.signal });
    const failed = expect(asked).rejects.toThrow('hung up');
    await until(() => nmi.waiters.count === 1);
    hangUp.abort();
    await failed;
    await until(() => nmi.waiters.count === 0);
    await until(() => nmi.records.length === 1);
    expect(nmi.records[0]).toMatchObject({ outcome: 'gone' });
    expect(imds.seen).toEqual([]);
  });

  it('costs nothing more either where it waits behind another on the same connection', async () => {
    await serve({ bounds: { createdMs: 60_000 } });
    nmi.apply(...[granted.pod, granted.identity, granted.binding].map(upsert));
    const one = `GET ${token} HTTP/1.1\r\nHost: x\r\nMetadata: true\r\n\r\n`;
    const hangUp = new AbortController();
    const asked = sendRaw(one.repeat(12), { port: nmi.port, from: ip, signal: hangUp.signal });
    const failed = expect(asked).rejects.toThrow('hung up');
    await until(() => nmi.waiters.count === 12);
    hangUp.abort();
    await failed;
    await until(() => nmi.waiters.count === 0);
    await until(() => nmi.records.length === 12);
    expect(nmi.records.map(({ outcome }) => outcome)).toEqual(Array(12).fill('gone'));
  });

  it('is refused while NMI cannot decide, also one that waits already', async () => {
    await serve({ bounds: { createdMs: 60_000 } });
    nmi.apply(...[granted.pod, granted.identity, granted.binding].map(upsert));
    const waiting = ask();
    await until(() => nmi.waiters.count === 1);
    nmi.unavailable = refuse('shutting-down', 'stopping', { 'Retry-After': '2' });
    nmi.view.signals.emitAll();
    const answer = await waiting;
    expect([answer.status, json(answer)['reason']]).toEqual([503, 'shutting-down']);
    expect(answer.head).toMatch(/retry-after: 2/i);
    expect((await ask()).status).toBe(503);
  });

  it('that is under way when NMI stops is finished, and its kept-alive connection is closed', async () => {
    await serve();
    nmi.apply(...granted.all.map(upsert));
    let answerIt: () => void = () => undefined;
    imds.answer = (_, response) =>
      (answerIt = () => void response.end('{"access_token":"t","expires_in":"86400"}'));
    const asked = sendRaw(`GET ${token} HTTP/1.1\r\nHost: x\r\nMetadata: true\r\n\r\n`, {
      port: nmi.port,
      from: ip,
    });
    await until(() => imds.seen.length === 1);
    const stopped = nmi.stop(10_000);
    answerIt();
    expect((await asked).status).toBe(200);
    await stopped;
  });

  it('of an excepted pod goes to IMDS with the parameters of the pod', async () => {
    await serve();
    nmi.apply(
      upsert(podJson({ name: 'mic', ip, labels: { app: 'mic' } })),
      upsert(exceptionJson({ name: 'e' }, { app: 'mic' })),
    );
    const answer = await ask(`${token}&client_id=any`);
    expect(answer.status).toBe(200);
    expect(json(answer)['resource']).toBe('not what was asked');
    expect(imds.seen[0]?.target).toBe(
      '/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net%2F&client_id=any',
    );
    expect(nmi.records[0]?.outcome).toBe('forwarded');
  });

  it.each([
    [
      429,
      '{"error":"too_many_requests","error_description":"slow"}',
      { 'Retry-After': '7' },
      429,
      'too_many_requests',
      /retry-after: 7/i,
    ],
    [429, '', {}, 429, 'too_many_requests', /retry-after: 1/i],
    [503, 'down', {}, 503, 'temporarily_unavailable', /retry-after: 1/i],
    [
      400,
      '{"error":"invalid_request","error_description":"Identity not found"}',
      {},
      400,
      'invalid_request',
      /^HTTP/,
    ],
    [302, '', { Location: 'http://elsewhere/' }, 502, 'upstream_error', /^(?!.*location)/is],
    [200, 'no json', {}, 502, 'upstream_error', /^HTTP/],
  ])('passes an error %i %s of IMDS on', async (status, body, headers, expected, error, head) => {
    await serve();
    nmi.apply(...granted.all.map(upsert));
    imds.answer = (_, response) => void response.writeHead(status, headers).end(body);
    const answer = await ask();
    expect([answer.status, json(answer)['error'], json(answer)['reason']]).toEqual([
      expected,
      error,
      'upstream-failed',
    ]);
    expect(answer.head).toMatch(head);
  });

  it('of a service principal gets one token for each tenant, the primary first', async () => {
    await serve({
      servicePrincipals: {
        fetch: async ({ tenant }) => ({
          value: `t-${tenant}`,
          tokenType: 'Bearer',
          expiresOn: 9_999_999_999,
          notBefore: 1,
          clientId: 'sp',
        }),
      },
    });
    const sp = identityJson(
      { name: 'id1', clientId: 'sp' },
      { type: 1, tenantID: 'one', auxiliaryTenantIDs: ['two', 'three'] },
    );
    nmi.apply(...[granted.pod, sp, granted.binding].map(upsert));
    const answers = JSON.parse((await ask()).body) as { access_token: string }[];
    expect(answers.map(({ access_token }) => access_token)).toEqual(['t-one', 't-two', 't-three']);
    expect(imds.seen).toEqual([]);
  });

  it('that fails in a way nobody foresaw is a 500 without details', async () => {
    await serve({ servicePrincipals: { fetch: () => Promise.reject(new Error('the secret is hunter2')) } });
    nmi.apply(
      ...[granted.pod, identityJson({ name: 'id1' }, { type: 1, tenantID: 't' }), granted.binding].map(
        upsert,
      ),
    );
    const answer = await ask();
    expect([answer.status, json(answer)['reason']]).toEqual([500, 'internal-error']);
    expect(answer.body).not.toContain('hunter2');
    expect(nmi.internalErrors).toHaveLength(1);
  });

  it('says which Secret cannot be used', async () => {
    await serve({
      servicePrincipals: {
        fetch: () => Promise.reject(new UpstreamError('credential', 'Secret a/b does not exist.')),
      },
    });
    nmi.apply(
      ...[granted.pod, identityJson({ name: 'id1' }, { type: 1, tenantID: 't' }), granted.binding].map(
        upsert,
      ),
    );
    expect(json(await ask())).toMatchObject({
      reason: 'secret-unusable',
      error_description: 'Secret a/b does not exist.',
    });
  });
});

describe('a caller', () => {
  const lookup = (...pods: readonly Pod[]): PodLookup & { readonly asked: string[] } => {
    const asked: string[] = [];
    return {
      asked,
      byAddress: async (address) => {
        asked.push(address);
        return pods.filter(({ podIPs }) => podIPs.includes(address));
      },
      byName: async ({ name }) => {
        asked.push(name);
        return pods.find((pod) => pod.name === name);
      },
      ofNode: async () => pods,
    };
  };
  const decodedPod = (): Pod => {
    const decoded = decodePod(granted.pod);
    if (!decoded.ok) throw new Error('does not decode');
    return decoded.value;
  };

  it('that two live pods claim to be is nobody', async () => {
    await serve();
    nmi.apply(...granted.all.map(upsert), upsert(podJson({ name: 'other', ip })));
    const answer = await ask();
    expect([answer.status, json(answer)['reason']]).toEqual([403, 'ambiguous-address']);
    nmi.apply(removal(podJson({ name: 'other', ip })));
    expect((await ask()).status).toBe(200);
  });

  it('is the node where it comes over 127.0.0.1, and gets no token; over an address that no pod has it is nobody', async () => {
    await serve();
    nmi.apply(...granted.all.map(upsert));
    const node = await ask(token, '127.0.0.1');
    expect([node.status, json(node)['reason']]).toEqual([403, 'host-network']);
    const unknown = await ask(token, '127.1.0.99');
    expect([unknown.status, json(unknown)['reason']]).toEqual([404, 'unknown-caller']);
  });

  it('cannot borrow the identity of another pod by a header', async () => {
    await serve();
    nmi.apply(...granted.all.map(upsert), upsert(podJson({ name: 'attacker', ip: '127.1.0.66' })));
    const answer = await ask(token, '127.1.0.66', [
      'Metadata: true',
      'podns: team-a',
      'podname: app',
      'X-Real-IP: 127.1.0.10',
    ]);
    expect([answer.status, json(answer)['reason']]).toEqual([403, 'no-label']);
    const host = await ask('/host/token?resource=r', '127.1.0.66', ['podns: team-a', 'podname: app']);
    expect([host.status, json(host)['reason']]).toEqual([403, 'not-from-node']);
    expect(imds.seen).toEqual([]);
  });

  it('on the node gets a token for a pod by name, also one that only the API server knows yet', async () => {
    const api = lookup(decodedPod());
    await serve({ lookup: api });
    nmi.apply(...[granted.identity, granted.binding, granted.assigned].map(upsert));
    const answer = await ask('/host/token/?resource=r', '127.0.0.1', ['podns: team-a', 'podname: app']);
    expect(json(answer)).toMatchObject({
      token: { access_token: `token ${testClientId} r 1`, resource: 'r' },
      clientid: testClientId,
    });
    expect(api.asked).toEqual(['app']);
  });
});

describe('the metadata that passes', () => {
  it('keeps status and headers, except those of the connection, and sends few of the caller', async () => {
    await serve();
    imds.answer = (_, response) => {
      response.writeHead(418, {
        'X-Imds': 'yes',
        Connection: 'keep-alive, X-Hop',
        'X-Hop': '1',
        'Content-Type': 'text/x',
      });
      response.end('body');
    };
    const answer = await ask('/Metadata/instance/compute?api-version=1&format=json', '127.1.0.5', [
      'Metadata: true',
      'User-Agent: me',
      'Cookie: secret',
      'Authorization: Bearer x',
    ]);
    expect([answer.status, answer.body]).toEqual([418, 'body']);
    expect(answer.head).toMatch(/x-imds: yes/i);
    expect(answer.head).not.toMatch(/x-hop/i);
    expect(imds.seen[0]).toMatchObject({
      target: '/metadata/instance/compute?api-version=1&format=json',
      headers: { metadata: 'true', 'user-agent': 'me', host: `127.0.0.1:${imds.port}` },
    });
    expect(Object.keys(imds.seen[0]?.headers ?? {})).not.toEqual(expect.arrayContaining(['cookie']));
    expect(imds.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('breaks off where IMDS does, and adds nothing', async () => {
    await serve();
    imds.answer = (_, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half', () => response.destroy());
    };
    const broken = await ask('/metadata/instance').catch((error: Error) => error.message);
    if (typeof broken === 'string') expect(broken).toContain('ECONNRESET');
    else expect('half'.startsWith(broken.body)).toBe(true);
  });

  it('breaks off where it is too large, and refuses a body that is', async () => {
    await serve();
    const large = Buffer.alloc(1_048_576, 'x');
    imds.answer = (_, response) => void response.end(Buffer.concat([large, large, large, large, large]));
    const broken = await ask('/metadata/instance').catch((error: Error) => error.message);
    if (typeof broken === 'string') expect(broken).toContain('ECONNRESET');
    else expect(broken.body.length).toBeLessThanOrEqual(4 * 1_048_576);
    const body = 'x'.repeat(70_000);
    const post = await sendRaw(
      `POST /metadata/scheduledevents HTTP/1.1\r\nHost: x\r\nMetadata: true\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      { port: nmi.port, from: ip },
    );
    expect([post.status, json(post)['reason']]).toEqual([400, 'body-too-large']);
    expect(imds.seen).toHaveLength(1);
  });
});

describe('what is no proper HTTP', () => {
  it('reaches IMDS in no part, and is no error of NMI, where a body breaks off behind another request', async () => {
    await serve();
    const head =
      'POST /metadata/scheduledevents HTTP/1.1\r\nHost: x\r\nMetadata: true\r\nContent-Length: 9\r\n\r\n';
    const socket = connect({ host: '127.0.0.1', port: nmi.port, localAddress: ip });
    socket.end(`GET /metadata/versions HTTP/1.1\r\nHost: x\r\nMetadata: true\r\n\r\n${head}half`);
    await once(socket.resume(), 'close');
    await until(() => nmi.records.length > 1);
    expect(nmi.records.map(({ reason }) => reason)).not.toContain('internal-error');
    expect(nmi.internalErrors).toEqual([]);
    expect(imds.seen.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it.each([
    ['an unknown protocol', 'NONSENSE\r\n\r\n', 400],
    [
      'a smuggled length',
      'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['a backslash', 'GET \\metadata HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['too long a header', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ])('is refused in the shape of other errors: %s', async (_, bytes, status) => {
    await serve();
    const answer = await sendRaw(bytes, { port: nmi.port, from: ip });
    expect(answer.status).toBe(status);
    expect(json(answer)).toMatchObject({ error: 'invalid_request', correlation_id: expect.any(String) });
    expect(nmi.records).toHaveLength(1);
  });
});

it('a request that no assignment serves ends with 503 and Retry-After', async () => {
  await serve();
  nmi.apply(
    ...[
      granted.pod,
      granted.identity,
      granted.binding,
      assignedJson(granted.pod, granted.identity, granted.binding, 'Created'),
    ].map(upsert),
    upsert(bindingJson({ name: 'b0', identity: 'none', selector: 'app' })),
  );
  const answer = await ask();
  expect([answer.status, json(answer)['reason']]).toEqual([503, 'not-assigned']);
  expect(answer.head).toMatch(/retry-after: 20/i);
});
