import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { type FaultAnswer, type KubernetesOptions } from './index.js';
import { configMap, installCustomResources, type TestCluster, testCluster } from './testing/cluster.js';

interface Served extends TestCluster {
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(options: Partial<KubernetesOptions> = {}): Promise<Served> {
  const cluster = testCluster(options);
  const server = createServer((request, response) => cluster.api.handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    cluster.api.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  const headers = { authorization: 'Bearer admin' };
  return {
    ...cluster,
    request: (path, init = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers: { ...headers, ...init.headers } }),
  };
}

interface Line {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name?: string; readonly resourceVersion?: string };
    readonly code?: number;
  };
}

/** The events of a watch until `count` have come, or until it ends. */
async function lines(response: Response, count = Infinity): Promise<Line[]> {
  const found: Line[] = [];
  if (response.body === null) throw new Error('no body');
  const stream = Readable.fromWeb(response.body);
  for await (const line of createInterface({ input: stream })) {
    found.push(JSON.parse(line) as Line);
    if (found.length === count) break;
  }
  stream.destroy();
  return found;
}

const maps = '/api/v1/namespaces/default/configmaps';

describe('a watch over HTTP', () => {
  it('carries a burst of events whole and in order', async () => {
    const { api, request } = await serve();
    const response = await request(`${maps}?watch=1`);
    const names = Array.from({ length: 5000 }, (_, index) => `m${index}`);
    for (const name of names) api.objects.create('configmaps', configMap(name));
    const seen = await lines(response, names.length);
    expect(seen.map(({ object }) => object.metadata.name)).toEqual(names);
  });

  it('brings what had happened before it however much that is', async () => {
    const { api, request } = await serve();
    const { resourceVersion } = api.objects.list('configmaps');
    const names = Array.from({ length: 70 }, (_, index) => `m${index}`);
    const data = { text: 'x'.repeat(1_000_000) };
    for (const name of names) api.objects.create('configmaps', configMap(name, data));
    const response = await request(`${maps}?watch=1&resourceVersion=${resourceVersion}`);
    expect(await lines(response, names.length)).toHaveLength(names.length);
  });

  it('ends when its time is over, on the clock of the cluster, with a last bookmark', async () => {
    const { clock, request } = await serve();
    const response = await request(`${maps}?watch=1&timeoutSeconds=300&allowWatchBookmarks=true`);
    await clock.advance(299_000);
    await clock.advance(1000);
    const seen = await lines(response);
    expect(new Set(seen.map(({ type }) => type))).toEqual(new Set(['BOOKMARK']));
  });

  it('leaves nothing behind when its client goes', async () => {
    const { api, clock, request } = await serve();
    const response = await request(`${maps}?watch=1&allowWatchBookmarks=true`);
    expect(clock.pending).toBe(2);
    await response.body?.cancel();
    await expect.poll(() => clock.pending, { timeout: 10_000 }).toBe(0);
    expect(api.dropWatches()).toBe(0);
  });

  it('ends in good order when it is dropped, and with 410 when its version is made to expire', async () => {
    const { api, request } = await serve();
    const [dropped, expired] = [await request(`${maps}?watch=1`), await request('/api/v1/secrets?watch=1')];
    api.dropWatches((resource) => resource === 'configmaps');
    api.dropWatches(() => true, true);
    expect(await lines(dropped)).toEqual([]);
    expect(await lines(expired)).toMatchObject([{ type: 'ERROR', object: { code: 410 } }]);
  });
});

describe('the fault hook', () => {
  const answering = (answer: FaultAnswer): Promise<Served> => serve({ beforeRequest: async () => answer });

  it('answers in place of the server, with a Status that fits', async () => {
    const { request } = await answering({ kind: 'status', status: 429, retryAfterSeconds: 3 });
    const response = await request(maps);
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
    expect(await response.json()).toMatchObject({ kind: 'Status', reason: 'TooManyRequests', code: 429 });
  });

  it('answers with the body that it is given', async () => {
    const { request } = await answering({
      kind: 'status',
      status: 503,
      body: 'down',
      headers: { 'x-why': 'test' },
    });
    const response = await request(maps);
    expect([response.status, await response.text(), response.headers.get('x-why')]).toEqual([
      503,
      'down',
      'test',
    ]);
  });

  it('cuts the connection', async () => {
    const { request } = await answering({ kind: 'reset' });
    await expect(request(maps)).rejects.toThrow(TypeError);
  });

  it('sees method and path, and lets pass what it does not answer', async () => {
    const seen: string[] = [];
    const { request } = await serve({
      beforeRequest: async ({ method, path }) => void seen.push(`${method} ${path}`),
    });
    expect((await request(`${maps}?limit=1`)).status).toBe(200);
    expect(seen).toEqual([`GET ${maps}?limit=1`]);
  });
});

describe('a request', () => {
  it('in any form that makes no sense is answered with a Status', async () => {
    const { request } = await serve();
    const json = { 'content-type': 'application/json' };
    const codes = await Promise.all(
      [
        request(maps, { method: 'POST', headers: json, body: '{' }),
        request(maps, { method: 'POST', headers: json, body: '[]' }),
        request(maps, { method: 'POST', headers: json, body: `{"data":"${'x'.repeat(3 * 1024 * 1024)}"}` }),
        request(maps, { method: 'PUT', headers: json, body: '{}' }),
        request(`${maps}?limit=many`),
        request(`${maps}/%E0%A4%A`),
        request(maps, { headers: { accept: 'text/html' } }),
      ].map(async (answer) => {
        const response = await answer;
        expect(await response.json()).toMatchObject({
          kind: 'Status',
          status: 'Failure',
          code: response.status,
        });
        return response.status;
      }),
    );
    expect(codes).toEqual([400, 400, 413, 405, 400, 404, 406]);
  });

  it('in YAML is understood', async () => {
    const { request } = await serve();
    const body = 'metadata:\n  name: y\ndata:\n  a: b\n';
    const response = await request(maps, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body,
    });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ data: { a: 'b' } });
  });

  it('for a pod binds it to a node, once', async () => {
    const { api, request } = await serve();
    api.objects.create('pods', {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'm', image: 'i' }] },
    });
    const bind = (): Promise<Response> =>
      request('/api/v1/namespaces/default/pods/p/binding', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ target: { kind: 'Node', name: 'n1' } }),
      });
    expect((await bind()).status).toBe(201);
    expect((await bind()).status).toBe(409);
    expect(api.objects.get('pods', { namespace: 'default', name: 'p' })['spec']).toMatchObject({
      nodeName: 'n1',
    });
  });
});

describe('discovery', () => {
  it('shows the same kinds in both of its forms', async () => {
    const { api, request } = await serve();
    installCustomResources(api);
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    interface Aggregated {
      items: {
        metadata: { name: string };
        versions: { version: string; resources: { resource: string }[] }[];
      }[];
    }
    const aggregated = (await (await request('/apis', { headers: { accept } })).json()) as Aggregated;
    expect(aggregated.items.map(({ metadata }) => metadata.name)).toContain('aadpodidentity.k8s.io');
    for (const { metadata, versions } of aggregated.items) {
      for (const { version, resources } of versions) {
        const plain = (await (await request(`/apis/${metadata.name}/${version}`)).json()) as {
          resources: { name: string }[];
        };
        const names = plain.resources.map(({ name }) => name).filter((name) => !name.includes('/'));
        expect(names.sort()).toEqual(resources.map(({ resource }) => resource).sort());
      }
    }
  });
});
