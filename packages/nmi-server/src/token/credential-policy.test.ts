import { decodeAzureIdentity, type AzureIdentity } from '@aad-pod-identity/core';
import type { MatchPolicy } from '@aad-pod-identity/matcher';
import { describe, expect, it } from 'vitest';
import { Authorities, parseAuthority } from './authority.js';
import { judgeCredential, tenantsOf } from './credential-policy.js';

const standard: MatchPolicy = { mode: 'standard', forceNamespaced: false };
const authorities = new Authorities('https://login.stack.example', ['https://adfs.example:8443']);

function identity(spec: object, annotations: object = {}): AzureIdentity {
  const metadata = { namespace: 'team-a', name: 'sp', annotations };
  const clientPassword = { name: 's', namespace: 'team-a' };
  const decoded = decodeAzureIdentity({
    metadata,
    spec: { type: 1, tenantID: 't', clientPassword, ...spec },
  });
  if (!decoded.ok) throw new Error('does not decode');
  return decoded.value;
}
const verdict = (spec: object, policy = standard, annotations: object = {}): string => {
  const judged = judgeCredential(identity(spec, annotations), policy, authorities);
  return judged.ok ? judged.authority : judged.problem;
};

describe('the Secret of an identity', () => {
  const foreign = { clientPassword: { name: 's', namespace: 'team-b' } };
  const namespaced = { 'aadpodidentity.k8s.io/Behavior': 'namespaced' };

  it('may be in any namespace in standard mode, as in the original', () => {
    expect(verdict(foreign)).toBe('https://login.stack.example');
  });

  it.each<[string, MatchPolicy, object]>([
    ['--forceNamespaced', { ...standard, forceNamespaced: true }, {}],
    ['managed mode', { mode: 'managed', forceNamespaced: false }, {}],
    ['its annotation', standard, namespaced],
  ])('must be in its own namespace because of %s', (why, policy, annotations) => {
    const problem = verdict(foreign, policy, annotations);
    expect(problem).toContain('AzureIdentity team-a/sp may use Secrets of namespace team-a only, because');
    expect(problem).toContain(why);
    expect(problem).toContain('move Secret team-b/s there');
    expect(verdict({}, policy, annotations)).toBe('https://login.stack.example');
    // One that names no namespace names none of its own either.
    expect(verdict({ clientPassword: { name: 's' } }, policy, annotations)).toContain('only, because');
  });
});

describe('where a credential goes', () => {
  it.each([
    ['', 'https://login.stack.example'],
    ['https://login.microsoftonline.com', 'https://login.microsoftonline.com'],
    ['https://login.microsoftonline.com/', 'https://login.microsoftonline.com'],
    ['HTTPS://Login.MicrosoftOnline.US:443/', 'https://login.microsoftonline.us'],
    ['https://login.chinacloudapi.cn', 'https://login.chinacloudapi.cn'],
    ['https://login.microsoftonline.de', 'https://login.microsoftonline.de'],
    ['https://login.stack.example', 'https://login.stack.example'],
    ['https://adfs.example:8443', 'https://adfs.example:8443'],
  ])('is the known endpoint %j', (adEndpoint, expected) => {
    expect(verdict({ adEndpoint })).toBe(expected);
  });

  it.each([
    'https://attacker.example',
    'http://login.microsoftonline.com',
    'https://login.microsoftonline.com.attacker.example',
    'https://login.microsoftonline.com@attacker.example',
    'https://a:b@login.microsoftonline.com',
    'https://login.microsoftonline.com:8443',
    'https://login.microsoftonline.com./',
    'https://login.microsoftonline.com/tenant',
    'https://login.microsoftonline.com?x=/',
    'https://login.microsoftonline.com#x',
    'https://login.microsoftonline.com\\@attacker.example',
    'https://lоgin.microsoftonline.com',
    'https://adfs.example',
    '//login.microsoftonline.com',
    'login.microsoftonline.com',
    'ftp://login.microsoftonline.com',
    'javascript:1',
    'https://',
    ' ',
  ])('is not %j', (adEndpoint) => {
    const problem = verdict({ adEndpoint });
    expect(problem).toContain('which is no login endpoint of Azure');
    expect(problem).toContain('--allowed-ad-endpoints');
  });

  it('is quoted in bounds, and on one line', () => {
    const problem = verdict({ adEndpoint: `https://x/${'y'.repeat(5_000)}\n` });
    expect(problem.length).toBeLessThan(400);
    expect(problem).not.toContain('\n');
  });

  it.each(['../x', 'a/b', 'a?b', 'a b', 'a%2fb', 'x'.repeat(300)])(
    'has no tenant %j in its path',
    (tenantID) => {
      expect(verdict({ tenantID })).toContain('neither an ID nor a domain name');
      expect(verdict({ auxiliaryTenantIDs: [tenantID] })).toContain('neither an ID nor a domain name');
    },
  );
});

describe('the tenants of an identity', () => {
  it('are the primary one and then the others, each once', () => {
    const tenants = { tenantID: 'one', auxiliaryTenantIDs: ['two', 'one', '', 'three', 'two'] };
    expect(tenantsOf(identity(tenants))).toEqual(['one', 'two', 'three']);
    expect(verdict(tenants)).toBe('https://login.stack.example');
  });

  it('are not so many that one request makes hundreds', () => {
    const auxiliaryTenantIDs = Array.from({ length: 20 }, (_, i) => `t${i}`);
    expect(verdict({ auxiliaryTenantIDs })).toContain('more than 20 tenants');
  });
});

it('an authority is an https origin and nothing more', () => {
  expect(parseAuthority('https://LOGIN.example:443')).toBe('https://login.example');
  expect(parseAuthority('https://login.example/x')).toBeUndefined();
  expect(parseAuthority('')).toBeUndefined();
});
