import { generateKeyPairSync } from 'node:crypto';
import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
} from '@azure/identity';
import * as x509 from '@peculiar/x509';
import { createLocalJWKSet, decodeJwt, exportJWK, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator.js';
import { startSimulator } from '../../start-simulator.js';
import { send, type Received } from '../../testing/send.js';
import type { Loose } from '../../testing/loose.js';

const clientId = 'aaaaaaaa-1111-4111-8111-aaaaaaaaaaaa';
const secret = 's3cr3t~value';
const otherTenant = '99999999-8888-4777-8666-555555555555';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

let simulator: Simulator;
let certificate: { pem: string; thumbprint: string; key: CryptoKeyPairLike };
type CryptoKeyPairLike = webcrypto.CryptoKeyPair;

async function selfSigned(): Promise<typeof certificate> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPairLike;
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    { name: 'CN=app', keys, signingAlgorithm: algorithm },
    webcrypto as never,
  );
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const thumbprint = Buffer.from(await made.getThumbprint('SHA-256', webcrypto as never)).toString(
    'base64url',
  );
  return {
    pem: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n${made.toString('pem')}\n`,
    thumbprint,
    key: keys,
  };
}

beforeAll(async () => {
  certificate = await selfSigned();
  const pem = certificate.pem.slice(certificate.pem.indexOf('-----BEGIN CERTIFICATE'));
  simulator = await startSimulator({
    world: {
      applications: [
        { name: 'app', clientId, secrets: [secret, { value: 'old', expiresAt: 1 }], certificates: [pem] },
        {
          name: 'both',
          clientId: 'bbbbbbbb-1111-4111-8111-aaaaaaaaaaaa',
          tenantIds: [otherTenant],
          secrets: [secret],
        },
      ],
    },
  });
});
afterAll(async () => simulator[Symbol.asyncDispose]());

const options = () => ({
  authorityHost: simulator.urls.entra,
  disableInstanceDiscovery: true,
  tlsOptions: { ca: simulator.caCertificate },
  retryOptions: { maxRetries: 0 },
});

async function token(
  form: Record<string, string>,
  tenant = simulator.tenantId,
  headers: Record<string, string> = {},
): Promise<Received> {
  return send(`${simulator.urls.entra}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    ca: simulator.caCertificate,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      scope: 'https://vault.azure.net/.default',
      ...form,
    }).toString(),
  });
}

async function assertion(
  claims: Record<string, unknown> = {},
  header: Record<string, string> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    aud: `${simulator.urls.entra}/${simulator.tenantId}/oauth2/v2.0/token`,
    iss: clientId,
    sub: clientId,
    jti: 'a-jti',
    nbf: now,
    exp: now + 600,
    ...claims,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'RS256', 'x5t#S256': certificate.thumbprint, ...header })
    .sign(certificate.key.privateKey as never);
}

describe('a client secret', () => {
  it('gets a signed token with the claims of a service principal', async () => {
    const { status, json } = await token({ client_secret: secret });
    expect(status).toBe(200);
    expect(json).toEqual({
      token_type: 'Bearer',
      expires_in: 3600,
      ext_expires_in: 3600,
      access_token: expect.any(String),
    });
    const keys = await send(`${simulator.urls.entra}/${simulator.tenantId}/discovery/v2.0/keys`, {
      ca: simulator.caCertificate,
    });
    const { payload } = await jwtVerify(json.access_token, createLocalJWKSet(keys.json));
    const objectId = simulator.azure.directory
      .find(simulator.tenantId, clientId)
      ?.objectIds.get(simulator.tenantId);
    expect(payload).toMatchObject({
      aud: 'https://vault.azure.net',
      iss: `https://sts.windows.net/${simulator.tenantId}/`,
      appid: clientId,
      appidacr: '1',
      idtyp: 'app',
      oid: objectId,
      sub: objectId,
      tid: simulator.tenantId,
      ver: '1.0',
    });
    expect(payload.exp! - Math.floor(Date.now() / 1000)).toBeGreaterThan(3590);
  });

  it('works through the SDK and as Basic authorization; a double slash in the scope stays in the audience', async () => {
    const credential = new ClientSecretCredential(simulator.tenantId, clientId, secret, options());
    const got = await credential.getToken('https://vault.azure.net//.default');
    expect(decodeJwt(got.token).aud).toBe('https://vault.azure.net/');
    const basic = Buffer.from(`${clientId}:${encodeURIComponent(secret)}`).toString('base64');
    expect((await token({}, undefined, { authorization: `Basic ${basic}` })).status).toBe(200);
  });

  it.each([
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    ['an expired secret', { client_secret: 'old' }, 401, 'invalid_client', 7000222],
    ['no credential', {}, 401, 'invalid_client', 7000218],
    [
      'an unknown application',
      { client_id: otherTenant, client_secret: secret },
      400,
      'unauthorized_client',
      700016,
    ],
    ['an unknown grant', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
    [
      'a scope that is not .default',
      { client_secret: secret, scope: 'https://x/read' },
      400,
      'invalid_scope',
      1002012,
    ],
    ['no scope', { client_secret: secret, scope: '' }, 400, 'invalid_request', 900144],
  ])('%s is refused as Entra does', async (_name, form, status, error, code) => {
    const answer = await token(form, undefined, {
      'client-request-id': 'cccccccc-0000-4000-8000-000000000000',
    });
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({
      error,
      error_description: expect.stringMatching(
        new RegExp(`^AADSTS${code}: .* Trace ID: \\S+ Correlation ID: cccccccc-\\S+ Timestamp: `),
      ),
      error_codes: [code],
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
      trace_id: expect.any(String),
      correlation_id: 'cccccccc-0000-4000-8000-000000000000',
      error_uri: expect.stringContaining(`error?code=${code}`),
    });
    expect(answer.text).not.toContain(secret);
  });

  it('is good only in the tenants of its application', async () => {
    const both = { client_id: 'bbbbbbbb-1111-4111-8111-aaaaaaaaaaaa', client_secret: secret };
    expect((await token(both, otherTenant)).status).toBe(200);
    expect((await token(both)).json.error_codes).toEqual([700016]);
    expect((await token({ client_secret: secret }, 'no-such-tenant')).json.error_codes).toEqual([90002]);
  });
});

describe('a client certificate', () => {
  it('works through the SDK', async () => {
    const credential = new ClientCertificateCredential(
      simulator.tenantId,
      clientId,
      { certificate: certificate.pem },
      options(),
    );
    const { token: text } = await credential.getToken('https://vault.azure.net/.default');
    expect(decodeJwt(text)).toMatchObject({ appid: clientId, appidacr: '2' });
  });

  const with_ = (text: string) => ({ client_assertion_type: assertionType, client_assertion: text });

  it('must be registered', async () => {
    const answer = await token(with_(await assertion({}, { 'x5t#S256': 'AAAA' })));
    expect([answer.status, answer.json.error_codes]).toEqual([401, [700027]]);
    expect(answer.json.error_description).toContain('The key was not found.');
  });

  it('must have made the signature', async () => {
    const other = await selfSigned();
    const forged = await new SignJWT({
      aud: `${simulator.urls.entra}/${simulator.tenantId}/v2.0`,
      iss: clientId,
      sub: clientId,
      jti: 'x',
      exp: 9e9,
    })
      .setProtectedHeader({ alg: 'RS256', 'x5t#S256': certificate.thumbprint })
      .sign(other.key.privateKey as never);
    const answer = await token(with_(forged));
    expect(answer.json.error_codes).toEqual([700027]);
    expect(answer.json.error_description).toContain('invalid signature');
  });

  it.each([
    ['another audience', { aud: 'https://login.microsoftonline.com/x' }, 700023],
    ['another subject', { sub: otherTenant }, 700021],
    ['an end in the past', { exp: 1_000_000_000 }, 700024],
    ['a beginning in the future', { nbf: 9_000_000_000, exp: 9_000_000_600 }, 700024],
    ['no jti', { jti: '' }, 50027],
  ])('an assertion with %s is refused', async (_name, claims, code) => {
    expect((await token(with_(await assertion(claims)))).json.error_codes).toEqual([code]);
  });

  it('an assertion that is no JWT is refused', async () => {
    expect((await token(with_('nonsense'))).json.error_codes).toEqual([50027]);
  });
});

describe('a federated credential', () => {
  const subject = 'system:serviceaccount:default:default';
  const audience = 'api://AzureADTokenExchange';

  it('lets a service account of the cluster be the application', async () => {
    const federated = '12121212-1111-4111-8111-aaaaaaaaaaaa';
    simulator.populate.application({
      name: 'federated',
      clientId: federated,
      federatedCredentials: [{ issuer: simulator.urls.kubernetes, subject, audience }],
    });
    const tokenFor = (audiences: string[], name = 'default') => {
      const answer: Loose = simulator.kubernetes.requestToken(
        { namespace: 'default', name },
        { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences } },
      );
      return answer.status.token as string;
    };
    const credential = new ClientAssertionCredential(
      simulator.tenantId,
      federated,
      async () => tokenFor([audience]),
      options(),
    );
    const { token: text } = await credential.getToken('https://vault.azure.net/.default');
    expect(decodeJwt(text)['appid']).toBe(federated);

    const refused = async (assertionText: string) =>
      (
        await token({
          client_id: federated,
          client_assertion_type: assertionType,
          client_assertion: assertionText,
        })
      ).json.error_codes;
    expect(await refused(tokenFor(['other']))).toEqual([700212]);
    simulator.kubernetes.objects.create('serviceaccounts', {
      metadata: { name: 'other', namespace: 'default' },
    });
    expect(await refused(tokenFor([audience], 'other'))).toEqual([700213]);
  });

  it('is not satisfied by another key or issuer', async () => {
    const federated = '13131313-1111-4111-8111-aaaaaaaaaaaa';
    const issuer = 'https://issuer.test';
    simulator.populate.application({
      name: 'outside',
      clientId: federated,
      federatedCredentials: [{ issuer, subject, audience }],
    });
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const sign = async (key: typeof privateKey, iss = issuer) =>
      new SignJWT({ iss, sub: subject, aud: audience, exp: Math.floor(Date.now() / 1000) + 60 })
        .setProtectedHeader({ alg: 'RS256', kid: 'k' })
        .sign(key);
    const codes = async (text: string) =>
      (await token({ client_id: federated, client_assertion_type: assertionType, client_assertion: text }))
        .json.error_codes;
    expect(await codes(await sign(privateKey))).toEqual([50166]);
    const jwk = await exportJWK(publicKey);
    simulator.azure.federatedIssuers.set(issuer, () => ({ keys: [{ ...jwk, kid: 'k', alg: 'RS256' }] }));
    expect(await codes(await sign(privateKey))).toBeUndefined();
    expect(await codes(await sign(stranger.privateKey))).toEqual([700027]);
    expect(await codes(await sign(privateKey, 'https://other.test'))).toEqual([700211]);
  });
});

describe('discovery', () => {
  it('names the endpoints of the tenant', async () => {
    const { entra } = simulator.urls;
    const url = `${entra}/${simulator.tenantId}/v2.0/.well-known/openid-configuration`;
    const { status, json } = await send(url, { ca: simulator.caCertificate });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      issuer: `${entra}/${simulator.tenantId}/v2.0`,
      token_endpoint: `${entra}/${simulator.tenantId}/oauth2/v2.0/token`,
      jwks_uri: `${entra}/${simulator.tenantId}/discovery/v2.0/keys`,
    });
    expect(
      (await send(url.replace(simulator.tenantId, 'ghost'), { ca: simulator.caCertificate })).status,
    ).toBe(400);
  });
});
