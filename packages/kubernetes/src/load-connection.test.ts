import { describe, expect, it } from 'vitest';
import { loadConnection } from './load-connection.js';
import { kubeconfigText, readFrom } from './testing/kubeconfig-text.js';
import { virtualClock } from './testing/virtual.js';

const secrets = '/var/run/secrets/kubernetes.io/serviceaccount';
const pod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

async function serverOf(
  files: Record<string, string>,
  env: Record<string, string>,
  kubeconfig?: string,
): Promise<string> {
  const connection = await loadConnection({
    kubeconfig,
    env,
    clock: virtualClock(),
    userAgent: 'test',
    readFile: readFrom(new Map(Object.entries(files))),
  });
  await connection.close();
  return connection.server;
}

const config = (host: string): string => kubeconfigText({ server: `http://${host}` }, { token: 't' });
const files = {
  '/flag': config('flag'),
  '/env': config('env'),
  '/home/.kube/config': config('home'),
  [`${secrets}/token`]: 'token',
  // Any PEM text that OpenSSL takes for an empty list of authorities will do.
  [`${secrets}/ca.crt`]: '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
};

describe('loadConnection', () => {
  it('looks at the flag, KUBECONFIG, the pod, and the home directory, in this order', async () => {
    const env = { KUBECONFIG: '/env', HOME: '/home' };
    expect(await serverOf(files, { ...env, ...pod }, '/flag')).toBe('http://flag');
    expect(await serverOf(files, { ...env, ...pod }, '')).toBe('http://env');
    expect(await serverOf(files, { KUBECONFIG: '/absent:/env' })).toBe('http://env');
    expect(await serverOf(files, { HOME: '/home' })).toBe('http://home');
  });

  it.each<[string, Record<string, string>, Record<string, string>, string | undefined, string]>([
    [
      'nothing anywhere',
      {},
      { HOME: '/home' },
      undefined,
      'no API server is configured: give --kubeconfig FILE or set KUBECONFIG (this is not a pod, and /home/.kube/config does not exist)',
    ],
    ['a flag that leads nowhere', {}, {}, '/flag', 'kubeconfig /flag: cannot be read: there is no such file'],
    [
      'only absent files',
      {},
      { KUBECONFIG: '/a:/b' },
      undefined,
      'kubeconfig /b: cannot be read: there is no such file',
    ],
    [
      'a pod without a token',
      {},
      pod,
      undefined,
      `the pod's service account: cannot read ${secrets}/ca.crt: ENOENT: no such file or directory, open '${secrets}/ca.crt'`,
    ],
    [
      'an authority that is none',
      { '/flag': kubeconfigText({ server: 'https://h', 'certificate-authority': '/ca' }), '/ca': 'hello' },
      {},
      '/flag',
      '/flag: the certificate authority is not PEM text',
    ],
    [
      'an empty token',
      { '/flag': kubeconfigText({ server: 'https://h' }, { tokenFile: '/token' }), '/token': '\n' },
      {},
      '/flag',
      '/flag: the token is empty',
    ],
    [
      'an address that is none',
      {},
      { KUBERNETES_SERVICE_HOST: 'h', KUBERNETES_SERVICE_PORT: 'tcp://1' },
      undefined,
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT give no address (h:tcp://1)',
    ],
  ])('says what is wrong with %s', async (_what, present, env, flag, message) => {
    await expect(serverOf(present, env, flag)).rejects.toMatchObject({ code: 'configuration', message });
  });

  it('names a key that cannot be used', async () => {
    const text = kubeconfigText({ server: 'https://h' }, { 'client-key-data': 'bm9wZQ==' });
    await expect(serverOf({ '/flag': text }, {}, '/flag')).rejects.toThrow(
      /^\/flag: the certificates or the key cannot be used: /,
    );
  });
});
