import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askOnce } from '../clients.js';
import type { Scenario } from '../scenario.js';
import { loginEndpoint } from '../world/azure.js';
import type { ClusterObject } from '../world/cluster.js';
import { run } from '../world/command.js';
import { azureIdentityBinding } from '../world/identities.js';

const at = { namespace: 'principals' };
const password = 'opens-the-pfx';

/** A certificate with its key: PEM for Azure, PFX for the Secret. */
async function makeCertificate(): Promise<{ readonly pem: string; readonly pfx: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'e2e-pfx-'));
  const [key, certificate, pfx] = ['key.pem', 'certificate.pem', 'both.pfx'].map((name) =>
    join(folder, name),
  );
  try {
    const subject = ['-subj', '/CN=principal', '-days', '2', '-nodes'];
    await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      ...subject,
      '-keyout',
      key ?? '',
      '-out',
      certificate ?? '',
    ]);
    const files = ['-inkey', key ?? '', '-in', certificate ?? '', '-out', pfx ?? ''];
    await run('openssl', ['pkcs12', '-export', ...files, '-passout', `pass:${password}`]);
    return { pem: await readFile(certificate ?? '', 'utf8'), pfx: await readFile(pfx ?? '') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const servicePrincipals: Scenario = {
  name: 'service principals, with a secret and with a certificate, whose Secrets NMI may read by a Role in one namespace',
  values: { rbac: { secretNamespaces: ['principals'] }, nmi: { allowedADEndpoints: [loginEndpoint] } },
  namespaces: ['principals'],
  run: async (world) => {
    const { azure, cluster } = world;
    const { pem, pfx } = await makeCertificate();
    const { populate, tenantId } = azure.simulator;
    const withSecret = populate.application({ name: 'with-secret', secrets: ['a-client-secret'] });
    const withCertificate = populate.application({ name: 'with-certificate', certificates: [pem] });
    const secret = (name: string, data: Readonly<Record<string, Buffer>>): ClusterObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...at, name },
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.toString('base64')])),
    });
    const identity = (name: string, type: 1 | 2, clientID: string): ClusterObject => ({
      apiVersion: 'aadpodidentity.k8s.io/v1',
      kind: 'AzureIdentity',
      metadata: { ...at, name },
      spec: {
        type,
        tenantID: tenantId,
        clientID,
        clientPassword: { ...at, name },
        adEndpoint: loginEndpoint,
      },
    });
    await cluster.apply(
      secret('with-secret', { clientSecret: Buffer.from('a-client-secret') }),
      secret('with-certificate', { certificate: pfx, password: Buffer.from(password) }),
      identity('with-secret', 1, withSecret.clientId),
      identity('with-certificate', 2, withCertificate.clientId),
      azureIdentityBinding({ ...at, name: 'with-secret' }),
      azureIdentityBinding({ ...at, name: 'with-certificate' }),
    );
    const asked = azure.tokenRequests().length;
    for (const { displayName, clientId } of [withSecret, withCertificate]) {
      const answer = await askOnce(world, { ...at, name: `pod-${displayName}`, binding: displayName });
      assert.deepEqual([answer.status, answer.appid], [200, clientId], JSON.stringify(answer));
    }
    assert.equal(azure.tokenRequests().length, asked, 'none of it is IMDS’s business');
  },
};
