import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { clientNodeConnection } from './client-node.js';
import type { Connection } from './connection.js';
import { ResourceClient } from './resource-client.js';
import { startHttpServer, type LoopbackServer } from './testing/http-server.js';
import { kubeconfigText } from './testing/kubeconfig-text.js';
import { configMaps, startLoopbackCluster } from './testing/loopback-cluster.js';
import { RealClock } from './testing/real-clock.js';

describe('clientNodeConnection', () => {
  let directory: string;
  let file: string;
  let clock: RealClock;
  let connections: Connection[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'client-node-'));
    file = join(directory, 'config');
    clock = new RealClock();
    connections = [];
  });

  afterEach(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await rm(directory, { recursive: true });
  });

  const connect = async (kubeconfig?: string, env: Record<string, string> = {}): Promise<Connection> => {
    const connection = await clientNodeConnection({ kubeconfig, env, clock, userAgent: 'test/1' });
    connections.push(connection);
    return connection;
  };

  it('talks TLS to a cluster, over few sockets', async () => {
    await using cluster = await startLoopbackCluster();
    await writeFile(file, cluster.kubeconfig);
    const client = new ResourceClient(await connect(file), configMaps);
    for (let i = 0; i < 30; i++) await client.create({ metadata: { namespace: 'default', name: `a-${i}` } });
    const names: string[] = [];
    for await (const { name } of client.list({ namespace: 'default', limit: 10 })) names.push(name);
    expect(names).toHaveLength(30);
    expect(cluster.relay.accepted).toBeLessThanOrEqual(2);
  });

  it('merges the files of KUBECONFIG, and sends a token from a file', async () => {
    const seen: (string | undefined)[] = [];
    await using server = await startHttpServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    });
    const second = join(directory, 'second');
    await writeFile(join(directory, 'token'), 'from-file');
    await writeFile(file, kubeconfigText({ server: server.url }, {}, { users: [] }));
    await writeFile(
      second,
      kubeconfigText({ server: 'http://127.0.0.1:1' }, { tokenFile: 'token', token: 'old' }),
    );
    const connection = await connect(undefined, {
      KUBECONFIG: `${join(directory, 'absent')}:${file}:${second}`,
    });
    expect(connection.server).toBe(server.url);
    await (await connection.request({ method: 'GET', path: '/' })).json();
    expect(seen).toEqual(['Bearer from-file']);
  });

  it.each([
    ['nothing', 'kubeconfig FILE: not a kubeconfig: it has no list of clusters'],
    [
      'clusters: []',
      'kubeconfig FILE: it has no current-context: set one with "kubectl config use-context NAME"',
    ],
    [
      kubeconfigText({ server: 'https://h' }, {}, { users: [] }),
      'kubeconfig FILE: context "c" names "u", which is not among its users',
    ],
    [
      kubeconfigText(
        { server: 'https://h' },
        {},
        { clusters: [{ name: 'k', cluster: { server: 'https://h' } }, {}] },
      ),
      'kubeconfig FILE: an entry of "clusters" has no name',
    ],
  ])('says what is wrong with a file that holds %j', async (text, message) => {
    await writeFile(file, text);
    await expect(connect(file)).rejects.toMatchObject({
      code: 'configuration',
      message: message.replace('FILE', file),
    });
  });

  it('says that there is no file', async () => {
    await expect(connect(file)).rejects.toMatchObject({
      code: 'configuration',
      message: `kubeconfig ${file}: cannot be read: there is no such file`,
    });
  });

  describe('with an exec plugin', () => {
    let server: LoopbackServer;
    let accepted: string;
    let seen: (string | undefined)[];

    beforeEach(async () => {
      seen = [];
      accepted = 'one';
      server = await startHttpServer((request, response) => {
        seen.push(request.headers.authorization);
        const ok = request.headers.authorization === `Bearer ${accepted}`;
        response.writeHead(ok ? 200 : 401).end('{}');
      });
      await plugin('one');
      const exec = {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: process.execPath,
        args: [join(directory, 'plugin.cjs')],
      };
      await writeFile(file, kubeconfigText({ server: server.url }, { exec }));
    });

    afterEach(async () => server[Symbol.asyncDispose]());

    const plugin = (token: string): Promise<void> => {
      const credential = {
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: { token },
      };
      return writeFile(
        join(directory, 'plugin.cjs'),
        `console.log(${JSON.stringify(JSON.stringify(credential))});`,
      );
    };
    const status = async (connection: Connection): Promise<number> => {
      const response = await connection.request({ method: 'GET', path: '/api' });
      await response.json();
      return response.status;
    };

    it('runs it, and again when the token is refused', async () => {
      const connection = await connect(file);
      expect(await status(connection)).toBe(200);
      accepted = 'two';
      await plugin('two');
      expect(await status(connection)).toBe(200);
      expect(seen).toEqual(['Bearer one', 'Bearer one', 'Bearer two']);
      accepted = 'three';
      await plugin('three');
      expect(await status(connection)).toBe(401);
      clock.skip(6_000);
      expect(await status(connection)).toBe(200);
    });

    it('says that the plugin failed', async () => {
      const text = parse(kubeconfigText({ server: server.url })) as { users: { user: object }[] };
      text.users[0]!.user = { exec: { command: join(directory, 'absent') } };
      await writeFile(file, stringify(text));
      const connection = await connect(file);
      await expect(status(connection)).rejects.toMatchObject({
        code: 'configuration',
        message: expect.stringMatching(/^cannot get credentials for http:.*ENOENT/),
      });
    });
  });
});
