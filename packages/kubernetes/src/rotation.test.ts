import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { loadConnection } from './load-connection.js';
import { kubeconfigText, readFrom } from './testing/kubeconfig-text.js';
import { startLoopbackCluster, type LoopbackCluster } from './testing/loopback-cluster.js';
import { RealClock } from './testing/real-clock.js';

describe('a certificate authority and a token that are replaced', () => {
  it('are read again when the old ones no longer work, without a restart', async () => {
    await using before = await startLoopbackCluster();
    await using after = await startLoopbackCluster();
    const files = new Map([
      [
        '/config',
        kubeconfigText({ server: before.relay.url, 'certificate-authority': 'ca' }, { tokenFile: 'token' }),
      ],
    ]);
    const write = ({ simulator }: LoopbackCluster): void => {
      files.set('/ca', simulator.caCertificate);
      files.set('/token', tokenOf(simulator.kubeconfig));
    };
    write(before);
    const readFile = readFrom(files);
    const connection = await loadConnection({
      kubeconfig: '/config',
      env: {},
      clock: new RealClock(),
      userAgent: 'test',
      readFile,
    });
    const list = async (): Promise<number> => {
      const response = await connection.request({ method: 'GET', path: '/api/v1/namespaces' });
      await response.json();
      return response.status;
    };
    try {
      expect(await list()).toBe(200);
      before.relay.target = after.relay.port;
      before.relay.cut();
      await expect(list()).rejects.toMatchObject({
        code: 'network',
        message: expect.stringContaining('(check the certificate authority of this cluster)'),
      });
      write(after);
      expect(await list()).toBe(200);
    } finally {
      await connection.close();
    }
  });
});

function tokenOf(kubeconfig: string): string {
  const { users } = parse(kubeconfig) as { users: { user: { token: string } }[] };
  return users[0]?.user.token ?? '';
}
