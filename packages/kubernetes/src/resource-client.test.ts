import { beforeEach, describe, expect, it } from 'vitest';
import { ResourceClient } from './resource-client.js';
import { resourcePath, type Undecodable } from './resource.js';
import { failure, FakeConnection } from './testing/fake-connection.js';
import { ObjectServer } from './testing/object-server.js';
import { thing, thingList, things, type Thing } from './testing/things.js';
import { virtualClock } from './testing/virtual.js';

const collection = '/apis/example.com/v1/namespaces/ns/things';

describe('ResourceClient', () => {
  let connection: FakeConnection;
  let server: ObjectServer;
  let client: ResourceClient<Thing>;
  let undecodable: Undecodable[];

  beforeEach(() => {
    server = new ObjectServer();
    undecodable = [];
    connection = new FakeConnection(virtualClock(), server.handle);
    client = new ResourceClient(connection, things, {
      onUndecodable: (problem) => undecodable.push(problem),
    });
  });

  it('reads, creates, replaces, patches and deletes', async () => {
    const created = await client.create({ metadata: { namespace: 'ns', name: 'a' }, spec: { color: 'red' } });
    expect(created).toEqual({ name: 'a', color: 'red' });
    expect(server.objects.get(`${collection}/a`)).toMatchObject({
      apiVersion: 'example.com/v1',
      kind: 'Thing',
    });
    const name = { namespace: 'ns', name: 'a' };
    await client.mergePatch(name, { spec: { color: 'blue' } });
    expect(await client.get(name)).toEqual({ name: 'a', color: 'blue' });
    await client.replace({ metadata: name, spec: { color: 'green' } });
    expect(await client.find(name)).toEqual({ name: 'a', color: 'green' });
    await client.delete(name, { preconditions: { uid: 'u' }, propagationPolicy: 'Background' });
    expect(connection.requests.at(-1)?.body).toMatchObject({
      kind: 'DeleteOptions',
      preconditions: { uid: 'u' },
    });
    expect(await client.find(name)).toBeUndefined();
    await expect(client.get(name)).rejects.toMatchObject({ code: 'not-found', status: 404 });
  });

  it('takes what is known of the very version that the server answers with, and decodes any other', async () => {
    const known: Thing = { name: 'a', color: 'known' };
    const told: unknown[] = [];
    const aware = new ResourceClient(connection, things, {
      known: (version) => {
        told.push(version);
        return version.resourceVersion === '1' ? known : undefined;
      },
    });
    connection.handler = () => ({ body: thing('a', 1) });
    expect(await aware.mergePatch({ namespace: 'ns', name: 'a' }, {})).toBe(known);
    expect(told).toEqual([{ namespace: 'ns', name: 'a', uid: expect.any(String), resourceVersion: '1' }]);
    connection.handler = () => ({ body: thing('a', 2) });
    expect(await aware.mergePatch({ namespace: 'ns', name: 'a' }, {})).not.toBe(known);
  });

  it('names the media type of each patch, and the status subresource', async () => {
    connection.handler = () => ({ body: thing('a', 1) });
    await client.mergePatch({ namespace: 'ns', name: 'a' }, {});
    await client.jsonPatch({ namespace: 'ns', name: 'a' }, [{ op: 'remove', path: '/spec/x' }]);
    await client.mergePatchStatus({ namespace: 'ns', name: 'a' }, {});
    expect(connection.requests.map(({ path, contentType }) => [path, contentType])).toEqual([
      [`${collection}/a`, 'application/merge-patch+json'],
      [`${collection}/a`, 'application/json-patch+json'],
      [`${collection}/a/status`, 'application/merge-patch+json'],
    ]);
  });

  it('lists page by page, as far as it is read, and reports what does not decode', async () => {
    connection.handler = ({ query }) =>
      query?.['continue'] === undefined
        ? { body: thingList(1, [thing('a', 1), thing('bad', 1, null)], 'more') }
        : { body: thingList(1, [thing('b', 1)]) };
    const names: string[] = [];
    for await (const { name } of client.list({ labelSelector: 'x=y', limit: 2 })) names.push(name);
    expect(names).toEqual(['a', 'b']);
    expect(undecodable.map(({ object }) => object?.name)).toEqual(['bad']);
    expect(connection.requests[0]).toMatchObject({
      path: '/apis/example.com/v1/things',
      query: { labelSelector: 'x=y', limit: 2 },
    });
    connection.requests.length = 0;
    for await (const { name } of client.list()) if (name === 'a') break;
    expect(connection.requests).toHaveLength(1);
  });

  it('says which field of an object does not decode', async () => {
    connection.handler = () => ({ body: thing('a', 1, 5) });
    await expect(client.get({ namespace: 'ns', name: 'a' })).rejects.toMatchObject({
      code: 'bad-response',
      message: `GET ${collection}/a: the object does not decode: spec.color: is missing (write a color)`,
    });
  });

  it('does not take another document for a list', async () => {
    connection.handler = () => ({ body: { metadata: {}, items: 'many' } });
    await expect(client.list().next()).rejects.toMatchObject({ code: 'bad-response' });
    connection.handler = () => ({ body: 'hello' });
    await expect(client.list().next()).rejects.toMatchObject({ code: 'bad-response' });
  });

  it.each([
    [409, 'AlreadyExists', 'already-exists'],
    [409, 'Conflict', 'conflict'],
    [410, 'Gone', 'gone'],
    [401, 'Unauthorized', 'unauthorized'],
    [403, 'Forbidden', 'forbidden'],
    [422, 'Invalid', 'invalid'],
    [400, 'BadRequest', 'invalid'],
    [429, 'TooManyRequests', 'too-many-requests'],
    [500, 'InternalError', 'internal'],
    [503, 'ServiceUnavailable', 'unavailable'],
    [504, 'Timeout', 'timeout'],
  ])('maps %i %s to %s', async (status, reason, code) => {
    connection.handler = () => failure(status, reason, 'the reason in words');
    await expect(client.get({ namespace: 'ns', name: 'a' })).rejects.toMatchObject({
      code,
      status,
      reason,
      message: `GET ${collection}/a: the reason in words`,
    });
  });

  it('honours retryAfterSeconds of the Status as well as the header', async () => {
    connection.handler = () => ({ status: 429, body: { kind: 'Status', details: { retryAfterSeconds: 7 } } });
    await expect(client.get({ namespace: 'ns', name: 'a' })).rejects.toMatchObject({ retryAfterMs: 7_000 });
    connection.handler = () => ({ status: 503, headers: { 'retry-after': '3' }, body: '<html>' });
    await expect(client.get({ namespace: 'ns', name: 'a' })).rejects.toMatchObject({
      retryAfterMs: 3_000,
      message: `GET ${collection}/a: HTTP 503`,
    });
  });
});

describe('resourcePath', () => {
  it('encodes what stands in it, and has no namespace for cluster-scoped kinds', () => {
    expect(resourcePath(things, { namespace: 'a/b', name: '../c' })).toBe(
      '/apis/example.com/v1/namespaces/a%2Fb/things/..%2Fc',
    );
    const nodes = { group: '', version: 'v1', plural: 'nodes', namespaced: false };
    expect(resourcePath(nodes, { namespace: '', name: 'n' })).toBe('/api/v1/nodes/n');
  });
});
