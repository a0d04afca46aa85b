import { describe, expect, it } from 'vitest';
import { readResourceIdentities } from './identity-patch.js';
import { ProtectedIdentities } from './protected-identities.js';

const id = (name: string): string =>
  `/subscriptions/s/resourcegroups/g/providers/microsoft.managedidentity/userassignedidentities/${name}`;
const resource = (identities: Readonly<Record<string, string | null>>) =>
  readResourceIdentities({
    identity: {
      type: 'UserAssigned',
      userAssignedIdentities: Object.fromEntries(
        Object.entries(identities).map(([name, clientId]) => [id(name), { clientId }]),
      ),
    },
  });

describe('what protects an identity that is on a resource', () => {
  const guarded = new ProtectedIdentities({
    immutableIdentities: [' C-Immutable ', id('BY-NAME').toUpperCase()],
    clusterIdentity: 'c-cluster',
  });

  it.each([
    ['its resource ID, in any casing', 'by-name', { 'by-name': 'c1' }, 'immutable'],
    ['its client ID, as the resource tells it', 'a', { a: 'C-IMMUTABLE' }, 'immutable'],
    ['the client ID of the cluster', 'a', { a: 'c-cluster' }, 'cluster-identity'],
    ['nothing, where it is another', 'a', { a: 'c9' }, undefined],
    ['nothing, where it is not there', 'a', { b: 'c-cluster' }, undefined],
    ['its resource ID, where it is not there', 'by-name', {}, 'immutable'],
    ['the doubt, where Azure gives no client ID', 'a', { a: null, b: 'c-cluster' }, 'unsure'],
    ['its resource ID, where Azure gives no client ID', 'by-name', { 'by-name': null }, 'immutable'],
    [
      'nothing, where every protected client ID is somebody else on the resource',
      'a',
      { a: null, b: 'C-Cluster', c: 'c-immutable' },
      undefined,
    ],
  ] as const)('is %s', (_, name, identities, protection) => {
    expect(guarded.ofAttached(id(name), resource(identities))).toBe(protection);
  });

  it('is no doubt where only resource IDs are protected', () => {
    const named = new ProtectedIdentities({ immutableIdentities: [id('b')], clusterIdentity: '' });
    expect(named.ofAttached(id('a'), resource({ a: null }))).toBeUndefined();
  });
});
