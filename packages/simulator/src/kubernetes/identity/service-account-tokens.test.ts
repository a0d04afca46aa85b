import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { objectAt, stringAt } from '../json.js';
import { pod, refusal, type TestCluster, testCluster } from '../testing/cluster.js';
import { Authenticator } from './authentication.js';
import { ServiceAccountTokens } from './service-account-tokens.js';
import { createRandom } from '../../random.js';
import { ObjectStore } from '../store/object-store.js';
import { requestToken } from './token-request.js';
import { VirtualClock } from '@aad-pod-identity/core';

const account = { namespace: 'default', name: 'default' };

function tokenOf({ api }: TestCluster, spec: object = {}): string {
  return stringAt(objectAt(api.requestToken(account, { spec }), 'status'), 'token');
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
}

describe('a ServiceAccount token', () => {
  it('is signed with the key that is published', () => {
    const cluster = testCluster();
    const [header = '', claims = '', signature = ''] = tokenOf(cluster, { audiences: ['api://x'] }).split(
      '.',
    );
    const [jwk] = cluster.api.jwks().keys;
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
    expect(kid).toBe(jwk?.['kid']);
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    const valid = (text: string): boolean =>
      verify('sha256', Buffer.from(text), key, Buffer.from(signature, 'base64url'));
    expect(valid(`${header}.${claims}`)).toBe(true);
    expect(valid(`${header}.${claims}x`)).toBe(false);
  });

  it('says whose it is, for whom, for how long, and what it is bound to', () => {
    const cluster = testCluster();
    const { metadata } = cluster.api.objects.create('pods', pod('p', { node: 'n1' }));
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p' };
    const token = tokenOf(cluster, { audiences: ['api://x'], expirationSeconds: 900, boundObjectRef });
    const now = Date.parse('2026-01-01T00:00:00Z') / 1000;
    expect(claimsOf(token)).toMatchObject({
      iss: 'https://issuer.example',
      sub: 'system:serviceaccount:default:default',
      aud: ['api://x'],
      iat: now,
      exp: now + 900,
      'kubernetes.io': { pod: { name: 'p', uid: metadata.uid }, node: { name: 'n1' } },
    });
  });

  it('is refused for another pod of the name, and for an odd lifetime', () => {
    const cluster = testCluster();
    cluster.api.objects.create('pods', pod('p'));
    const code = (spec: object): number => refusal(() => cluster.api.requestToken(account, { spec })).code;
    expect(code({ boundObjectRef: { kind: 'Pod', name: 'p', uid: 'other' } })).toBe(409);
    expect(code({ boundObjectRef: { kind: 'Lease', name: 'p' } })).toBe(422);
    expect(code({ expirationSeconds: 1 })).toBe(422);
    expect(code({ expirationSeconds: 2 ** 33 })).toBe(422);
  });
});

describe('Authenticator', () => {
  const setUp = (): {
    clock: VirtualClock;
    tokens: ServiceAccountTokens;
    store: ObjectStore;
    authenticator: Authenticator;
  } => {
    const clock = new VirtualClock(0);
    const store = new ObjectStore(clock, () => undefined);
    const put = (plural: string, kind: string, name: string): void => {
      const metadata = { namespace: 'default', name, uid: `uid of ${name}` };
      store.put(store.collection(plural), { apiVersion: 'v1', kind, metadata });
    };
    put('serviceaccounts', 'ServiceAccount', 'default');
    put('pods', 'Pod', 'p');
    const tokens = new ServiceAccountTokens('issuer', clock, createRandom(1));
    return { clock, tokens, store, authenticator: new Authenticator('admin', tokens, store) };
  };
  const issue = ({ store, tokens }: ReturnType<typeof setUp>, spec: object): string =>
    stringAt(objectAt(requestToken(store, tokens, account, { spec }), 'status'), 'token');

  it('knows the administrator and the tokens for this server, and nobody else', () => {
    const world = setUp();
    const known = (header: string | undefined): string | undefined =>
      world.authenticator.authenticate(header)?.username;
    expect(known('Bearer admin')).toBe('admin');
    expect(known(`bearer ${issue(world, {})}`)).toBe('system:serviceaccount:default:default');
    for (const header of [
      undefined,
      'Bearer other',
      'Basic admin',
      'admin',
      `Bearer ${issue(world, { audiences: ['x'] })}`,
    ]) {
      expect(known(header)).toBeUndefined();
    }
  });

  it('forgets a token when it expires', async () => {
    const world = setUp();
    const token = issue(world, { expirationSeconds: 600 });
    await world.clock.advance(599_000);
    expect(world.authenticator.authenticate(`Bearer ${token}`)).toBeDefined();
    await world.clock.advance(1000);
    expect(world.authenticator.authenticate(`Bearer ${token}`)).toBeUndefined();
  });

  it.each(['pods', 'serviceaccounts'])(
    'forgets a token that is bound to something in %s that goes',
    (plural) => {
      const world = setUp();
      const token = issue(world, { boundObjectRef: { kind: 'Pod', name: 'p' } });
      expect(world.authenticator.authenticate(`Bearer ${token}`)).toBeDefined();
      const collection = world.store.collection(plural);
      for (const stored of collection.list(undefined)) world.store.remove(collection, stored);
      expect(world.authenticator.authenticate(`Bearer ${token}`)).toBeUndefined();
    },
  );
});
