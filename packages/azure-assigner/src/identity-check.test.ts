import { VirtualClock, type AzureIdentity } from '@aad-pod-identity/core';
import { Store } from '@aad-pod-identity/kubernetes';
import { describe, expect, it } from 'vitest';
import { checkIdentities } from './identity-check.js';
import type { IdentityReading } from './identity-reader.js';
import { idOf, identity } from './testing/objects.js';

function setUp(reading: IdentityReading) {
  const clock = new VirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)));
  const identities = new Store<AzureIdentity>({
    onListenerError: (error) => {
      throw error;
    },
  });
  const add = (object: AzureIdentity): void => identities.set({ ...object, value: object });
  const reads: string[] = [];
  const told: string[] = [];
  const details: string[] = [];
  const stop = new AbortController();
  const start = (): void =>
    checkIdentities(
      {
        identities,
        reader: {
          read: async ({ name }) => {
            reads.push(name);
            return reading;
          },
        },
        cluster: {
          event: (subject, type, reason, message) =>
            told.push(`${type} ${reason} ${subject.name}: ${message}`),
        },
        clock,
        random: () => 0.5,
        onDetail: (message) => details.push(message),
      },
      stop.signal,
    );
  return { clock, add, identities, reads, told, details, stop, start };
}

const clientID = 'aaaaaaaa-1111-2222-3333-444444444444';

describe('checkIdentities', () => {
  it('says nothing where the client IDs are the same in any casing', async () => {
    const { clock, add, reads, told, start } = setUp({ kind: 'found', clientId: clientID.toUpperCase() });
    add(identity('id1', { clientID }));
    start();
    await clock.advance(2000);
    expect([reads, told]).toEqual([['id1'], []]);
  });

  it('warns of another client ID, redacted', async () => {
    const { clock, add, told, start } = setUp({
      kind: 'found',
      clientId: 'bbbbbbbb-1111-2222-3333-555555555555',
    });
    start();
    add(identity('id1', { clientID }));
    await clock.advance(2000);
    expect(told).toEqual([
      'Warning client id mismatch id1: spec.clientID is aaaa##### REDACTED #####4444, but the identity that spec.resourceID names has bbbb##### REDACTED #####5555',
    ]);
  });

  it('warns of an identity that Azure does not have', async () => {
    const { clock, add, told, start } = setUp({ kind: 'not-found' });
    add(identity('id1'));
    start();
    await clock.advance(2000);
    expect(told).toEqual([expect.stringContaining('Azure has no identity of the name')]);
  });

  it('does not warn where it cannot tell', async () => {
    const { clock, add, told, details, start } = setUp({ kind: 'unknown', message: 'no role' });
    add(identity('id1'));
    start();
    await clock.advance(2000);
    expect([told, details]).toEqual([[], ['cannot check identity default/id1: no role']]);
  });

  it('asks again when the spec changes, and not before an hour has passed otherwise', async () => {
    const { clock, add, reads, start } = setUp({ kind: 'found', clientId: 'x' });
    add(identity('id1'));
    start();
    await clock.advance(2000);
    add(identity('id1'));
    await clock.advance(2000);
    expect(reads).toEqual(['id1']);
    add(identity('id1', { resourceID: idOf('other') }));
    await clock.advance(2000);
    expect(reads).toEqual(['id1', 'other']);
    await clock.advance(3_601_000);
    expect(reads).toEqual(['id1', 'other', 'other']);
  });

  it('warns of an identity that cannot be used', async () => {
    const { clock, add, reads, told, start } = setUp({ kind: 'not-found' });
    add(identity('bad', { resourceID: 'nonsense' }));
    start();
    await clock.advance(2000);
    expect(reads).toEqual([]);
    expect(told).toEqual([
      expect.stringMatching(/^Warning identity invalid bad: it grants nothing: spec\.resourceID/),
    ]);
  });

  it('asks for nothing that is not attached, and nothing once it has ended', async () => {
    const { clock, add, reads, stop, start } = setUp({ kind: 'not-found' });
    add(identity('sp', { type: 1 }));
    start();
    await clock.advance(2000);
    stop.abort();
    add(identity('late'));
    await clock.advance(2000);
    expect(reads).toEqual([]);
  });
});
