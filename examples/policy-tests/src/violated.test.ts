import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readManifests, readPolicies } from './manifests.js';
import { violations } from './policy.js';

const folder = join(import.meta.dirname, '..', 'violated');
const manifests = readManifests(join(folder, 'cluster'));
const [never, can] = readPolicies(join(folder, 'policy.yaml')).map((policy) => violations(policy, manifests));

test('a violated policy says which pod, label, binding and selector', () => {
  expect(never).toEqual([
    'pod team-b/report-writer may use AzureIdentity billing/billing: its label aadpodidbinding=billing is the selector of AzureIdentityBinding billing/billing-api',
    'pod team-b/any-pod-one-could-start-1 may use AzureIdentity billing/billing: its label aadpodidbinding=billing is the selector of AzureIdentityBinding billing/billing-api',
  ]);
});

test.each([
  [
    { name: 'x', namespace: 'team-b', mayNeverUse: 'biling/billing' },
    'there is no AzureIdentity biling/billing in the manifests',
  ],
  [
    { name: 'x', namespace: 'teem-b', mayNeverUse: 'billing/billing' },
    'nothing in the manifests is in the namespace teem-b',
  ],
  [{ name: 'x', namespace: 'team-b', mayNeverUse: 'billing' }, '"billing" must be written namespace/name'],
])('a misspelled policy does not hold by itself: %j', (policy, message) => {
  expect(() => violations(policy, manifests)).toThrow(message);
});

test('so does one that asks for access which is not there', () => {
  expect(can).toEqual(['there is no pod billing/api']);
});
