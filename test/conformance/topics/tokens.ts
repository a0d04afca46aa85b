import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Api } from '../harness/api.js';
import { expectFailure } from '../harness/expectations.js';
import { core, pod } from '../harness/objects.js';

const audience = 'api://AzureADTokenExchange';

/** Service account tokens: what is in them, and that anybody can check them against what the server publishes. */
export function tokens(api: Api): void {
  let namespace: string;
  let accountUid: string;
  let path: string;
  beforeAll(async () => {
    namespace = await api.namespace();
    accountUid = (await api.get(core('serviceaccounts', namespace, 'default'))).body.metadata.uid;
    path = `${core('serviceaccounts', namespace, 'default')}/token`;
  });
  const request = (spec: object): object => ({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec,
  });

  describe('a token request', () => {
    it('is answered with a token for the audience and time that it names', async () => {
      const before = Math.floor(Date.now() / 1000);
      const answer = await api.post(path, request({ audiences: [audience], expirationSeconds: 1200 }));
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: { name: 'default', namespace },
        spec: { audiences: [audience], expirationSeconds: 1200, boundObjectRef: null },
      });
      const { header, claims } = decode(answer.body.status.token);
      expect(header).toEqual({ alg: 'RS256', kid: expect.any(String) });
      expect(claims).toEqual({
        iss: await issuer(),
        sub: `system:serviceaccount:${namespace}:default`,
        aud: [audience],
        iat: expect.any(Number),
        nbf: claims.iat,
        exp: claims.iat + 1200,
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
        'kubernetes.io': { namespace, serviceaccount: { name: 'default', uid: accountUid } },
      });
      expect(claims.iat).toBeGreaterThanOrEqual(before - 5);
      expect(claims.iat).toBeLessThanOrEqual(before + 5);
      expect(Date.parse(answer.body.status.expirationTimestamp) / 1000).toBe(claims.exp);
    });

    it('binds the token to a pod and its node', async () => {
      const bound = await api.created(core('pods', namespace), pod('bound', { node: 'node-a' }));
      const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'bound', uid: bound.metadata.uid };
      const answer = await api.post(path, request({ audiences: [audience], boundObjectRef }));
      expect(answer.status).toBe(201);
      expect(answer.body.spec.expirationSeconds).toBe(3600);
      expect(decode(answer.body.status.token).claims['kubernetes.io']).toEqual({
        namespace,
        serviceaccount: { name: 'default', uid: accountUid },
        pod: { name: 'bound', uid: bound.metadata.uid },
        node: { name: 'node-a' },
      });
    });

    it('without an audience is for the server itself', async () => {
      const answer = await api.post(path, request({}));
      expect(answer.status).toBe(201);
      expect(answer.body.spec.audiences).toEqual([await issuer()]);
      expect(decode(answer.body.status.token).claims.aud).toEqual([await issuer()]);
    });

    it('is refused for less than ten minutes', async () => {
      const message = 'Invalid value: 60: may not specify a duration less than 10 minutes';
      expectFailure(await api.post(path, request({ expirationSeconds: 60 })), {
        code: 422,
        reason: 'Invalid',
        message: `TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: ${message}`,
        details: {
          group: 'authentication.k8s.io',
          kind: 'TokenRequest',
          causes: [{ reason: 'FieldValueInvalid', message, field: 'spec.expirationSeconds' }],
        },
      });
    });

    it('is 404 for an account or a pod that is not there', async () => {
      expectFailure(await api.post(`${core('serviceaccounts', namespace, 'nobody')}/token`, request({})), {
        code: 404,
        reason: 'NotFound',
        message: 'serviceaccounts "nobody" not found',
        details: { name: 'nobody', kind: 'serviceaccounts' },
      });
      const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'nowhere' };
      expectFailure(await api.post(path, request({ boundObjectRef })), {
        code: 404,
        reason: 'NotFound',
        message: 'pods "nowhere" not found',
        details: { name: 'nowhere', kind: 'pods' },
      });
    });
  });

  describe('what the server publishes', () => {
    it('leads from the issuer to a key that verifies a token', async () => {
      const discovery = await api.get('/.well-known/openid-configuration');
      expect(discovery.status).toBe(200);
      expect(discovery.headers['content-type']).toBe('application/json');
      expect(discovery.body).toEqual({
        issuer: expect.stringMatching(/^https:\/\//),
        jwks_uri: expect.stringMatching(/\/openid\/v1\/jwks$/),
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
      const published = await api.get('/openid/v1/jwks', { accept: '*/*' });
      expect(published.status).toBe(200);
      expect(published.headers['content-type']).toBe('application/jwk-set+json');

      const { token } = (await api.post(path, request({ audiences: [audience] }))).body.status;
      const { header, signed, signature } = decode(token);
      const key = published.body.keys.find(({ kid }: { kid: string }) => kid === header.kid) as JsonWebKey;
      expect(key).toMatchObject({ use: 'sig', kty: 'RSA', alg: 'RS256' });
      const publicKey = createPublicKey({ key, format: 'jwk' });
      expect(verify('sha256', Buffer.from(signed), publicKey, signature)).toBe(true);
      expect(verify('sha256', Buffer.from(`${signed}x`), publicKey, signature)).toBe(false);
    });
  });

  describe('a token', () => {
    const review = async (token: string, audiences?: string[]): Promise<Record<string, unknown>> => {
      const answer = await api.post('/apis/authentication.k8s.io/v1/tokenreviews', {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, ...(audiences === undefined ? {} : { audiences }) },
      });
      expect(answer.status).toBe(201);
      return answer.body.status as Record<string, unknown>;
    };

    it('is known by a review to be whose it is', async () => {
      const { token } = (await api.post(path, request({ audiences: [audience] }))).body.status;
      const status = await review(token, [audience]);
      expect(status).toMatchObject({
        authenticated: true,
        audiences: [audience],
        user: {
          username: `system:serviceaccount:${namespace}:default`,
          uid: accountUid,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        },
      });
    });

    it('is refused by a review for another audience, and where it is none', async () => {
      const { token } = (await api.post(path, request({ audiences: [audience] }))).body.status;
      for (const status of [
        await review(token),
        await review(token, ['another']),
        await review('nonsense'),
      ]) {
        expect(status['authenticated']).not.toBe(true);
        expect(status['user']).toEqual({});
        expect(status['error']).toEqual(expect.stringContaining('invalid bearer token'));
      }
    });

    it('speaks for its account at the server itself, but only one that is for the server', async () => {
      const own = (await api.post(path, request({}))).body.status.token as string;
      const foreign = (await api.post(path, request({ audiences: [audience] }))).body.status.token as string;
      expect((await api.get('/version', { token: own })).status).toBe(200);
      expect((await api.get('/api', { token: own })).status).toBe(200);
      expect((await api.get('/api', { token: foreign })).status).toBe(401);
    });
  });

  async function issuer(): Promise<string> {
    return (await api.get('/.well-known/openid-configuration')).body.issuer as string;
  }
}

interface Decoded {
  header: { alg: string; kid: string };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  claims: any;
  signed: string;
  signature: Buffer;
}

function decode(token: string): Decoded {
  const [header, claims, signature] = token.split('.') as [string, string, string];
  const parse = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  return {
    header: parse(header) as Decoded['header'],
    claims: parse(claims),
    signed: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}
