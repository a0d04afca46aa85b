import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  maxIdentitiesPerPatch,
  planIdentityPatches,
  readResourceIdentities,
  type IdentityPatch,
} from './identity-patch.js';

/** A resource as ARM keeps it. */
interface Resource {
  systemAssigned: boolean;
  readonly userAssigned: Map<string, { readonly clientId: string | null }>;
}

/** How ARM may write the `type` of a block. */
const spellings = {
  both: [
    'SystemAssigned, UserAssigned',
    'UserAssigned,SystemAssigned',
    ' systemassigned ,USERASSIGNED',
    'SYSTEMASSIGNED,UserAssigned',
  ],
  system: ['SystemAssigned', 'systemassigned', ' SYSTEMASSIGNED '],
  user: ['UserAssigned', 'userassigned'],
  none: ['None', 'none', '', undefined],
} as const;

/** What GET shows. The keys come in the casing that `shout` gives them. */
function shown({ systemAssigned, userAssigned }: Resource, pick: number, shout: boolean): unknown {
  const kind = systemAssigned
    ? userAssigned.size > 0
      ? 'both'
      : 'system'
    : userAssigned.size > 0
      ? 'user'
      : 'none';
  const types = spellings[kind];
  const entries = [...userAssigned].map(([id, value]) => [shout ? id.toUpperCase() : id, value]);
  return {
    identity: {
      type: types[pick % types.length],
      userAssignedIdentities: Object.fromEntries(entries) as unknown,
    },
    properties: { provisioningState: 'Succeeded' },
  };
}

/** What ARM makes of a PATCH; what it refuses fails the test. */
function patchResource(resource: Resource, patch: IdentityPatch): void {
  const { type, userAssignedIdentities: entries, ...rest } = patch;
  expect(rest).toEqual({});
  const list = Object.entries(entries ?? {});
  expect(list.length).toBeLessThanOrEqual(maxIdentitiesPerPatch);
  resource.systemAssigned = type.includes('SystemAssigned');
  if (!type.includes('UserAssigned')) {
    expect(list).toEqual([]);
    resource.userAssigned.clear();
    return;
  }
  for (const [id, value] of list) {
    const key = id.toLowerCase();
    if (value === null) resource.userAssigned.delete(key);
    else if (!resource.userAssigned.has(key)) resource.userAssigned.set(key, { clientId: `client ${key}` });
  }
  // `UserAssigned` without an identity is an error.
  expect(resource.userAssigned.size).toBeGreaterThan(0);
}

const id = fc.integer({ min: 0, max: 5 }).map((n) => `/id/${String(n)}`);
const crowd = fc
  .integer({ min: 0, max: 2 })
  .map((n) => Array.from({ length: 90 }, (_, m) => `/crowd${String(n)}/${String(m)}`));
const ids = fc
  .tuple(fc.array(id, { maxLength: 6 }), fc.array(crowd, { maxLength: 3 }))
  .map(([few, many]) => [...few, ...many.flat()]);
const step = fc.record({
  attach: ids,
  detach: ids,
  pick: fc.nat({ max: 11 }),
  shout: fc.boolean(),
  /** Instead, everything that is not of others comes off. */
  all: fc.boolean(),
  /** Deleted and recreated under its name meanwhile. */
  stale: fc.option(id),
});

it('the system-assigned identity and those of others survive any sequence of attaching and detaching', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.boolean(),
      fc.array(step, { maxLength: 12 }),
      (systemAssigned, foreign, steps) => {
        const resource: Resource = {
          systemAssigned,
          userAssigned: new Map(foreign ? [['/foreign', { clientId: 'f' }]] : []),
        };
        const wanted = new Set(resource.userAssigned.keys());
        for (const { attach: given, detach: some, all, pick, shout, stale } of steps) {
          const ours = [...wanted].filter((one) => one !== '/foreign');
          const [attach, detach] = all ? [[], ours] : [given, some];
          if (stale !== null && resource.userAssigned.has(stale))
            resource.userAssigned.set(stale, { clientId: null });
          const before = new Set(resource.userAssigned.keys());
          const current = readResourceIdentities(shown(resource, pick, shout));
          const patches = planIdentityPatches(current, attach, detach);
          for (const patch of patches) patchResource(resource, patch);
          for (const one of detach) wanted.delete(one);
          for (const one of attach) wanted.add(one);
          expect(resource.systemAssigned).toBe(systemAssigned);
          expect(resource.userAssigned.has('/foreign')).toBe(foreign);
          expect([...resource.userAssigned.keys()].sort()).toEqual([...wanted].sort());
          const changes =
            [...wanted].filter((one) => !before.has(one)).length +
            [...before].filter((one) => !wanted.has(one)).length;
          expect(patches.length).toBeLessThanOrEqual(Math.ceil(changes / maxIdentitiesPerPatch));
        }
      },
    ),
  );
});

it('an identity that is there in name only is live again after it was taken off and attached, and all else stays', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.uniqueArray(id, { minLength: 1 }),
      fc.nat({ max: 11 }),
      (systemAssigned, all, pick) => {
        const resource: Resource = { systemAssigned, userAssigned: new Map() };
        for (const [n, one] of all.entries())
          resource.userAssigned.set(one, { clientId: n % 2 === 0 ? null : 'c' });
        const stale = all.filter((_, n) => n % 2 === 0);
        for (const [attach, detach] of [
          [[], stale],
          [stale, []],
        ] as const) {
          const patches = planIdentityPatches(
            readResourceIdentities(shown(resource, pick, false)),
            attach,
            detach,
          );
          expect(patches).toHaveLength(1);
          for (const patch of patches) patchResource(resource, patch);
        }
        const after = readResourceIdentities(shown(resource, pick, true));
        expect([...after.userAssigned.values()].filter((one) => one.stale)).toEqual([]);
        expect([after.systemAssigned, [...after.userAssigned.keys()].sort()]).toEqual([
          systemAssigned,
          [...all].sort(),
        ]);
      },
    ),
  );
});
