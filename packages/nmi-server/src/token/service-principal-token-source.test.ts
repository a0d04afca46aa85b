import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeAzureIdentity, objectKey, VirtualClock, type AzureIdentity } from '@aad-pod-identity/core';
import { KubernetesError } from '@aad-pod-identity/kubernetes';
import type { MatchPolicy } from '@aad-pod-identity/matcher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecretData } from '../cluster/watched-kinds.js';
import { Authorities } from './authority.js';
import { pfxToPem } from './pfx.js';
import type { EntraTokenRequest } from './entra-request.js';
import { servicePrincipalTokenSource } from './service-principal-token-source.js';
import { UpstreamLimiter } from './upstream-limiter.js';

function identity(spec: object): AzureIdentity {
  const decoded = decodeAzureIdentity({ metadata: { namespace: 'team-a', name: 'sp', uid: 'u' }, spec });
  if (!decoded.ok) throw new Error('does not decode');
  return decoded.value;
}
const spec = {
  type: 1,
  tenantID: 'tid',
  clientID: 'cid',
  clientPassword: { name: 's', namespace: 'team-a' },
};

function setUp(data: Readonly<Record<string, string>> | Error, policy: Partial<MatchPolicy> = {}) {
  const asked: EntraTokenRequest[] = [];
  const read: string[] = [];
  const clock = new VirtualClock(1_000_000);
  const source = servicePrincipalTokenSource({
    clock,
    policy: { mode: 'standard', forceNamespaced: false, ...policy },
    authorities: new Authorities('https://login.example', ['https://own.example']),
    limiter: new UpstreamLimiter({ clock, upstream: 'Entra' }),
    openPfx: () => Promise.reject(new Error('not in this test')),
    readSecret: async (key): Promise<SecretData> => {
      read.push(objectKey(key));
      if (data instanceof Error) throw data;
      return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)]));
    },
    fetchToken: async (request) => {
      asked.push(request);
      return { value: 'token', expiresOnMs: 4_600_999, refreshOnMs: 2_000_000 };
    },
  });
  const fetch = (extra: object = {}) =>
    source.fetch({
      identity: identity({ ...spec, ...extra }),
      tenant: 'tid',
      resource: 'https://x/',
      pod,
    });
  return { asked, read, source, fetch };
}

const pod = { namespace: 'team-a', name: 'web' };

describe('servicePrincipalTokenSource', () => {
  it('asks Entra with the secret, and gives the times of the token in seconds', async () => {
    const { asked, fetch } = setUp({ clientSecret: 'top', other: 'x' });
    expect(await fetch()).toEqual({
      value: 'token',
      tokenType: 'Bearer',
      expiresOn: 4_600,
      notBefore: 1_000,
      refreshOn: 2_000,
      clientId: 'cid',
    });
    expect(asked).toEqual([
      {
        authorityHost: 'https://login.example',
        tenant: 'tid',
        clientId: 'cid',
        credential: { kind: 'secret', secret: 'top' },
        resource: 'https://x/',
      },
    ]);
  });

  it("takes the identity's own endpoint, and the only key of a Secret", async () => {
    const { asked, fetch } = setUp({ whatever: 'top\n' });
    await fetch({ adEndpoint: 'https://own.example' });
    expect(asked[0]).toMatchObject({ authorityHost: 'https://own.example', credential: { secret: 'top' } });
  });

  it.each<[string, Partial<MatchPolicy>, object]>([
    [
      'a Secret of another namespace',
      { forceNamespaced: true },
      { clientPassword: { name: 's', namespace: 'b' } },
    ],
    ['a server of its own', {}, { adEndpoint: 'https://attacker.example' }],
    ['a server of its own by http', {}, { adEndpoint: 'http://own.example' }],
  ])('reads no Secret and asks nobody for an identity that names %s', async (_, policy, extra) => {
    const { asked, read, source, fetch } = setUp({ clientSecret: 'top' }, policy);
    await expect(fetch(extra)).rejects.toMatchObject({ failure: 'refused' });
    expect(() => source.permit?.(identity({ ...spec, ...extra }))).toThrow(/AzureIdentity team-a\/sp/);
    expect([asked, read]).toEqual([[], []]);
  });

  it('takes the namespaces in turn, so that one with many identities delays no other', async () => {
    const begun: string[] = [];
    const clock = new VirtualClock();
    const source = servicePrincipalTokenSource({
      clock,
      policy: { mode: 'standard', forceNamespaced: false },
      authorities: new Authorities('https://login.example', []),
      limiter: new UpstreamLimiter({ clock, upstream: 'Entra', concurrency: 1 }),
      openPfx: () => Promise.reject(new Error('not in this test')),
      readSecret: async () => new Map([['clientSecret', Buffer.from('x')]]),
      fetchToken: async ({ clientId }) => {
        begun.push(clientId);
        return { value: 'token', expiresOnMs: 1 };
      },
    });
    const fetch = (namespace: string, clientID: string): Promise<unknown> => {
      const decoded = decodeAzureIdentity({
        metadata: { namespace, name: clientID },
        spec: { ...spec, clientID },
      });
      if (!decoded.ok) throw new Error('does not decode');
      return source.fetch({ identity: decoded.value, tenant: 'tid', resource: 'r', pod });
    };
    const many = Array.from({ length: 10 }, (_, i) => fetch('team-a', `a${i}`));
    await Promise.all([...many, fetch('team-b', 'b')]);
    expect(begun.slice(0, 3)).toEqual(['a0', 'a1', 'b']);
  });

  it('reads the one Secret that the identity names, anew for each token', async () => {
    const { read, fetch } = setUp({ clientSecret: 'top' });
    await fetch();
    await fetch({ clientPassword: { name: 's', namespace: 'elsewhere' } });
    expect(read).toEqual(['team-a/s', 'elsewhere/s']);
  });

  it('passes a certificate on with its password', async () => {
    const { asked, fetch } = setUp({ certificate: 'pfx', password: 'pw' });
    await fetch({ type: 2 });
    expect(asked[0]).toMatchObject({
      credential: { kind: 'certificate', pfx: Buffer.from('pfx'), password: 'pw' },
    });
  });

  it.each<[string, Readonly<Record<string, string>> | Error, object]>([
    ['has 2 keys and none is clientSecret', { a: '1', b: '2' }, {}],
    ['has no data', {}, {}],
    ['empty client secret', { clientSecret: '' }, {}],
    ['no key certificate', { clientSecret: 'x' }, { type: 2 }],
    ['does not exist', new KubernetesError('not-found', 'no'), {}],
    ['may not be read by NMI', new KubernetesError('forbidden', 'no'), {}],
    ['cannot be read now', new KubernetesError('network', 'no'), {}],
    ['names no Secret', { clientSecret: 'x' }, { clientPassword: {} }],
    ['needs tenantID and clientID', { clientSecret: 'x' }, { clientID: '' }],
  ])('says that a credential %s', async (message, data, extra) => {
    const { asked, fetch } = setUp(data);
    await expect(fetch(extra)).rejects.toMatchObject({
      failure: 'credential',
      message: expect.stringContaining(message),
    });
    expect(asked).toEqual([]);
  });
});

describe('pfxToPem', () => {
  let folder = '';
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nmi-pfx-'));
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
      '-days',
      '2',
      '-subj',
      '/CN=nmi test',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['modern ciphers', 'pw', ['-certpbe', 'AES-256-CBC', '-keypbe', 'AES-256-CBC', '-macalg', 'sha256']],
    ['old ciphers', 'pw', ['-legacy']],
    ['no password', '', []],
  ])('opens one with %s', (_, password, ciphers) => {
    openssl(
      'pkcs12',
      '-export',
      '-inkey',
      'key.pem',
      '-in',
      'cert.pem',
      '-out',
      'out.pfx',
      '-passout',
      `pass:${password}`,
      ...ciphers,
    );
    const pem = pfxToPem(readFileSync(join(folder, 'out.pfx')), password, 'a/s');
    const certificate = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE')));
    expect(certificate.subject).toBe('CN=nmi test');
    expect(certificate.checkPrivateKey(createPrivateKey(pem))).toBe(true);
  });

  it('opens one whose chain has a certificate with an elliptic curve', () => {
    const subject = ['-nodes', '-days', '2', '-subj', '/CN=other'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', 'ec.key'];
    openssl('req', '-x509', ...curve, '-out', 'ec.pem', ...subject);
    const files = ['-inkey', 'key.pem', '-in', 'cert.pem', '-certfile', 'ec.pem', '-out', 'out.pfx'];
    openssl('pkcs12', '-export', ...files, '-passout', 'pass:pw');
    const pem = pfxToPem(readFileSync(join(folder, 'out.pfx')), 'pw', 'a/s');
    expect(pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
  });

  it('says that the password or the file is wrong, without a word of what is in it', () => {
    openssl(
      'pkcs12',
      '-export',
      '-inkey',
      'key.pem',
      '-in',
      'cert.pem',
      '-out',
      'out.pfx',
      '-passout',
      'pass:right',
    );
    const pfx = readFileSync(join(folder, 'out.pfx'));
    expect(() => pfxToPem(pfx, 'wrong', 'a/s')).toThrow(/^The PFX in Secret a\/s cannot be opened/);
    expect(() => pfxToPem(Buffer.from('nonsense'), 'x', 'a/s')).toThrow(/cannot be opened/);
    openssl('pkcs12', '-export', '-nokeys', '-in', 'cert.pem', '-out', 'out.pfx', '-passout', 'pass:right');
    expect(() => pfxToPem(readFileSync(join(folder, 'out.pfx')), 'right', 'a/s')).toThrow(
      /must hold an RSA key/,
    );
  });

  it('refuses a key that takes long to sign with, and one that is no RSA key', () => {
    openssl('genpkey', '-algorithm', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-out', 'curve.pem');
    const of = (name: string): string => pfxToPem(readFileSync(join(folder, name)), '', 'a/s');
    expect(() => of('curve.pem')).toThrow(/must be an RSA key of at most 8192 bits/);
    // A key of a size that takes minutes to make: the one of 2048 bits with another modulus.
    const long = generateLongKey(readFileSync(join(folder, 'key.pem'), 'utf8'));
    expect(createPrivateKey(long).asymmetricKeyDetails?.modulusLength).toBeGreaterThan(16_000);
    expect(() => pfxToPem(Buffer.from(long), '', 'a/s')).toThrow(/must be an RSA key of at most 8192 bits/);
  });

  it('passes PEM unchanged', () => {
    const pem = readFileSync(join(folder, 'key.pem'));
    expect(pfxToPem(pem, '', 'a/s')).toBe(pem.toString());
  });
});

function generateLongKey(pem: string): string {
  const jwk = createPrivateKey(pem).export({ format: 'jwk' });
  const n = Buffer.alloc(2_100, 0xff).toString('base64url');
  return createPrivateKey({ key: { ...jwk, n }, format: 'jwk' }).export({
    format: 'pem',
    type: 'pkcs8',
  }) as string;
}
