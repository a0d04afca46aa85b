import { describe, expect, it } from 'vitest';
import { kubeconfigAccess, mergeKubeconfigs, parseKubeconfig } from './kubeconfig.js';
import { kubeconfigText } from './testing/kubeconfig-text.js';

const access = (text: string): unknown => kubeconfigAccess(parseKubeconfig('/home/u/config', text));
const https = { server: 'https://h:6443' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('kubeconfigAccess', () => {
  it('reads server, authority, client certificate and token, from data or from files beside it', () => {
    expect(
      access(
        kubeconfigText(
          { ...https, 'certificate-authority': 'pki/ca.crt', 'tls-server-name': 'kubernetes' },
          { 'client-certificate-data': base64('CERT'), 'client-key': '/abs/key', token: 't' },
        ),
      ),
    ).toMatchObject({
      server: new URL('https://h:6443'),
      ca: { file: '/home/u/pki/ca.crt' },
      cert: { text: 'CERT' },
      key: { file: '/abs/key' },
      token: { text: 't' },
      servername: 'kubernetes',
      insecure: false,
    });
    expect(
      access(
        kubeconfigText({ ...https, 'insecure-skip-tls-verify': true }, { token: 't', tokenFile: 'token' }),
      ),
    ).toMatchObject({ token: { file: '/home/u/token' }, insecure: true });
    expect(access(kubeconfigText(https, { username: 'a', password: 'b' }))).toMatchObject({
      basic: { username: 'a', password: 'b' },
    });
  });

  it.each([
    ['{ not: [yaml', 'not YAML (line 1)'],
    ['just text', 'not a kubeconfig: it has no list of clusters'],
    ['', 'not a kubeconfig: it has no list of clusters'],
    ['clusters: []', 'it has no current-context: set one with "kubectl config use-context NAME"'],
    ['{clusters: [], current-context: x}', 'current-context names "x", which is not among its contexts'],
    ['{clusters: [], contexts: {}}', '"contexts" is not a list'],
    ['{clusters: [{}]}', 'an entry of "clusters" has no name'],
    [kubeconfigText(https, {}, { clusters: [] }), 'context "c" names "k", which is not among its clusters'],
    [kubeconfigText(https, {}, { users: [] }), 'context "c" names "u", which is not among its users'],
    [kubeconfigText({}), 'its cluster has no usable "server" (missing): write https://HOST:PORT'],
    [
      kubeconfigText({ server: 'h:6443' }),
      'its cluster has no usable "server" (h:6443): write https://HOST:PORT',
    ],
  ])('refuses %j', (text, message) => {
    expect(() => access(text)).toThrow(
      expect.objectContaining({ code: 'configuration', message: `kubeconfig /home/u/config: ${message}` }),
    );
  });

  it.each([
    [
      kubeconfigText(https, { exec: { command: 'kubelogin' } }),
      'user "u" authenticates by "exec", which only the program mic supports: use a token, a token file or a client certificate',
    ],
    [
      kubeconfigText(https, { 'auth-provider': { name: 'oidc' } }),
      'user "u" authenticates by "auth-provider", which only the program mic supports: use a token, a token file or a client certificate',
    ],
    [
      kubeconfigText({ ...https, 'proxy-url': 'http://p' }),
      'its cluster has a "proxy-url", which only the program mic supports: use a direct address',
    ],
  ])('leaves %j to the stock client', (text, message) => {
    expect(() => access(text)).toThrow(
      expect.objectContaining({ code: 'unsupported', message: `kubeconfig /home/u/config: ${message}` }),
    );
  });

  it('does not quote the file in an error', () => {
    expect(() => access('users: [{token: very-secret-token')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});

describe('mergeKubeconfigs', () => {
  it('lets earlier files win, and resolves paths by the file they stand in', () => {
    const merged = mergeKubeconfigs([
      parseKubeconfig('/one/config', kubeconfigText(https, {}, { 'current-context': '' })),
      parseKubeconfig('/two/config', kubeconfigText({ server: 'https://other' }, { tokenFile: 'token' })),
      parseKubeconfig('/three/config', kubeconfigText(https, {}, { users: [{ name: 'v', user: {} }] })),
    ]);
    expect(kubeconfigAccess(merged)).toMatchObject({ server: new URL('https://h:6443'), token: undefined });
    const second = mergeKubeconfigs([
      parseKubeconfig('/one/config', 'clusters: []'),
      parseKubeconfig('/two/config', kubeconfigText(https, { tokenFile: 'token' })),
    ]);
    expect(kubeconfigAccess(second)).toMatchObject({ token: { file: '/two/token' } });
  });
});
