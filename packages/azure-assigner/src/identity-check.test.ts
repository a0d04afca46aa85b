import { VirtualClock, type AzureIdentity } from '@aad-pod-identity/core';
import { Store } from '@aad-pod-identity/kubernetes';
import type { IdentityReading } from '@aad-pod-identity/matcher';
import { describe, expect, it } from 'vitest';
import { checkIdentities } from './identity-check.js';
import { idOf, identity } from './testing/objects.js';

const minute = 60_000;
const clientID = 'aaaaaaaa-1111-2222-3333-444444444444';

function setUp(reading: IdentityReading) {
  const clock = new VirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)));
  const identities = new Store<AzureIdentity>({
    onListenerError: (error) => {
      throw error;
    },
  });
  const add = (object: AzureIdentity): void => identities.set({ ...object, value: object });
  const reads: string[] = [];
  const readings: [string, string | undefined][] = [];
  const details: string[] = [];
  const start = () =>
    checkIdentities({
      identities,
      reader: {
        read: async ({ name }) => {
          reads.push(name);
          return reading;
        },
      },
      clock,
      random: () => 0.5,
      onReading: (key, found) => readings.push([key, found?.kind]),
      onDetail: (message) => details.push(message),
    });
  return { clock, add, identities, reads, readings, details, start };
}

describe('checkIdentities', () => {
  it('asks about those that are there and those that come', async () => {
    const { clock, add, reads, readings, start } = setUp({ kind: 'found', clientId: clientID });
    add(identity('id1', { clientID }));
    start();
    add(identity('id2', { clientID }));
    await clock.advance(2000);
    expect(reads).toEqual(['id1', 'id2']);
    expect(readings).toEqual([
      ['default/id1', 'found'],
      ['default/id2', 'found'],
    ]);
  });

  it('says where it cannot tell, and why to whoever looks for it', async () => {
    const { clock, add, readings, details, start } = setUp({ kind: 'unknown', message: 'no role' });
    add(identity('id1'));
    start();
    await clock.advance(2000);
    expect([readings, details]).toEqual([
      [['default/id1', 'unknown']],
      ['cannot check identity default/id1: no role'],
    ]);
  });

  it('asks again where another resource is named, and not before an hour has passed otherwise', async () => {
    const { clock, add, reads, readings, start } = setUp({ kind: 'found', clientId: clientID });
    add(identity('id1', { clientID }));
    start();
    await clock.advance(2000);
    add(identity('id1', { clientID }));
    await clock.advance(30 * minute);
    expect(reads).toEqual(['id1']);
    add(identity('id1', { clientID, resourceID: idOf('other') }));
    await clock.advance(2000);
    expect(reads).toEqual(['id1', 'other']);
    expect(readings.slice(1)).toEqual([
      ['default/id1', undefined],
      ['default/id1', 'found'],
    ]);
    await clock.advance(59 * minute);
    expect(reads).toEqual(['id1', 'other']);
    await clock.advance(2 * minute);
    expect(reads).toEqual(['id1', 'other', 'other']);
  });

  it.each<IdentityReading>([{ kind: 'not-found' }, { kind: 'found', clientId: 'another' }])(
    'asks every five minutes while something has to be put right: %o',
    async (reading) => {
      const { clock, add, reads, start } = setUp(reading);
      add(identity('id1', { clientID }));
      start();
      await clock.advance(11 * minute);
      expect(reads).toHaveLength(3);
    },
  );

  it('asks at once when told to', async () => {
    const { clock, add, reads, start } = setUp({ kind: 'not-found' });
    add(identity('id1'));
    const check = start();
    await clock.advance(2000);
    check.again('default/id1');
    await clock.advance(2000);
    expect(reads).toHaveLength(2);
  });

  it('forgets what is gone', async () => {
    const { clock, add, identities, readings, start } = setUp({ kind: 'not-found' });
    add(identity('id1'));
    start();
    await clock.advance(2000);
    identities.delete('default/id1');
    await clock.advance(2000);
    expect(readings.at(-1)).toEqual(['default/id1', undefined]);
  });

  it('asks for nothing that is not attached, and nothing once it has ended', async () => {
    const { clock, add, reads, start } = setUp({ kind: 'not-found' });
    add(identity('sp', { type: 1 }));
    add(identity('bad', { resourceID: 'nonsense' }));
    const check = start();
    await clock.advance(2000);
    await check.stop();
    add(identity('late'));
    await clock.advance(10 * minute);
    expect(reads).toEqual([]);
  });
});
