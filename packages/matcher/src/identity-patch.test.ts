import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  maxIdentitiesPerPatch,
  planIdentityPatches,
  readResourceIdentities,
  type IdentityPatch,
  type ResourceIdentities,
} from './identity-patch.js';
import { vectorsOf } from '../../../test/vectors/vectors.js';

interface Case {
  readonly name: string;
  readonly input: { readonly resource: unknown; readonly attach: string[]; readonly detach: string[] };
  readonly expected: {
    readonly patchCount: number;
    readonly type?: string;
    readonly entries?: Record<string, unknown>;
    readonly final: { readonly systemAssigned: boolean; readonly userAssignedIdentities: string[] };
  };
}

const cases = vectorsOf<Case['input'], Case['expected']>('identity-patch');

/** What ARM makes of a PATCH of the identity block. */
function applied(before: ResourceIdentities, patches: readonly IdentityPatch[]): Case['expected']['final'] {
  let systemAssigned = before.systemAssigned;
  const ids = new Set(before.userAssigned.keys());
  for (const { type, userAssignedIdentities = {} } of patches) {
    systemAssigned = type.startsWith('SystemAssigned');
    if (!type.endsWith('UserAssigned')) ids.clear();
    for (const [id, value] of Object.entries(userAssignedIdentities)) {
      if (value === null) ids.delete(id.toLowerCase());
      else ids.add(id.toLowerCase());
    }
  }
  return { systemAssigned, userAssignedIdentities: [...ids].sort() };
}

describe('planIdentityPatches', () => {
  it.each(cases)('vector: $name', ({ input, expected }) => {
    const before = readResourceIdentities(input.resource);
    const patches = planIdentityPatches(before, input.attach, input.detach);
    expect(patches.length).toBe(expected.patchCount);
    expect(new Set(patches.map(({ type }) => type))).toEqual(
      new Set(expected.type === undefined ? [] : [expected.type]),
    );
    const final = {
      ...expected.final,
      userAssignedIdentities: [...expected.final.userAssignedIdentities].sort(),
    };
    expect(applied(before, patches)).toEqual(final);
    const entries = Object.fromEntries(
      patches
        .flatMap((patch) => Object.entries(patch.userAssignedIdentities ?? {}))
        .map(([id, v]) => [id.toLowerCase(), v]),
    );
    expect(entries).toEqual(expected.entries ?? {});
    for (const { userAssignedIdentities = {} } of patches) {
      expect(Object.keys(userAssignedIdentities).length).toBeLessThanOrEqual(maxIdentitiesPerPatch);
    }
  });

  it('detaches by the spelling that the resource uses', () => {
    const before = readResourceIdentities({
      identity: { type: 'UserAssigned', userAssignedIdentities: { '/X/A': {}, '/X/B': {} } },
    });
    expect(planIdentityPatches(before, [], ['/x/a'])).toEqual([
      { type: 'UserAssigned', userAssignedIdentities: { '/X/A': null } },
    ]);
  });

  const idList = fc.array(
    fc.integer({ min: 0, max: 400 }).map((n) => `/ids/${String(n)}`),
    { maxLength: 400 },
  );

  it('reaches the wanted set, keeps the system-assigned identity and everything unlisted', () => {
    fc.assert(
      fc.property(fc.boolean(), idList, idList, idList, (systemAssigned, has, attach, detach) => {
        const type = [systemAssigned ? 'SystemAssigned' : '', has.length > 0 ? 'UserAssigned' : ''];
        const before = readResourceIdentities({
          identity: {
            type: type.filter((t) => t !== '').join(', ') || 'None',
            userAssignedIdentities: Object.fromEntries(has.map((id) => [id, {}])),
          },
        });
        const wanted = new Set(has);
        for (const id of detach) wanted.delete(id);
        for (const id of attach) wanted.add(id);
        const patches = planIdentityPatches(before, attach, detach);
        expect(applied(before, patches)).toEqual({
          systemAssigned,
          userAssignedIdentities: [...wanted].sort(),
        });
        // One more round changes nothing.
        const after = readResourceIdentities({
          identity: {
            type: 'UserAssigned',
            userAssignedIdentities: Object.fromEntries([...wanted].map((id) => [id, {}])),
          },
        });
        expect(planIdentityPatches(after, attach, detach)).toEqual([]);
      }),
    );
  });
});

describe('readResourceIdentities', () => {
  it.each([
    ['SystemAssigned', true],
    ['userassigned , SYSTEMASSIGNED', true],
    ['UserAssigned,SystemAssigned', true],
    ['UserAssigned', false],
    [undefined, false],
  ])('type %j', (type, systemAssigned) => {
    expect(readResourceIdentities({ identity: { type } })).toMatchObject({ systemAssigned });
  });

  it('finds an identity that is attached in name only', () => {
    const { userAssigned } = readResourceIdentities({
      identity: {
        type: 'UserAssigned',
        userAssignedIdentities: { '/A': { clientId: null }, '/b': { clientId: 'c' } },
      },
    });
    expect([...userAssigned]).toEqual([
      ['/a', { resourceID: '/A', stale: true }],
      ['/b', { resourceID: '/b', stale: false, clientId: 'c' }],
    ]);
  });

  it('sees a deletion as the wire and as the SDK give it', () => {
    expect(readResourceIdentities({ properties: { provisioningState: 'deleting' } }).deleting).toBe(true);
    expect(readResourceIdentities({ provisioningState: 'Deleting' }).deleting).toBe(true);
    expect(readResourceIdentities({ properties: { provisioningState: 'Deleted' } }).deleting).toBe(false);
  });

  it.each([
    ['Updating', true],
    ['creating', true],
    ['Succeeded', false],
    ['Failed', false],
  ])('knows whether an operation is under way: %s', (provisioningState, updating) => {
    const read = readResourceIdentities({ properties: { provisioningState } });
    expect([read.updating, read.failed]).toEqual([updating, provisioningState === 'Failed']);
  });

  it('takes the version of the resource where there is one', () => {
    expect(readResourceIdentities({ etag: '"7"' }).etag).toBe('"7"');
    expect(readResourceIdentities({})).not.toHaveProperty('etag');
  });

  it.each([undefined, null, 7, 'x', [], { identity: 'x' }, { identity: { userAssignedIdentities: 'abc' } }])(
    'takes %j for a resource without identities',
    (resource) => {
      const read = readResourceIdentities(resource);
      expect([read.systemAssigned, read.deleting]).toEqual([false, false]);
    },
  );
});
