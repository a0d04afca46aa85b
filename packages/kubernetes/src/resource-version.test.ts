import { describe, expect, it } from 'vitest';
import { compareResourceVersions, isNewer } from './resource-version.js';

describe('compareResourceVersions', () => {
  it.each([
    ['1', '1', 0],
    ['9', '10', -1],
    ['100', '99', 1],
    ['9007199254740993', '9007199254740992', 1],
    ['abc', 'abc', 0],
    ['abc', '1', undefined],
    ['', '1', undefined],
  ])('%j and %j', (a, b, order) => {
    const compared = compareResourceVersions(a, b);
    expect(compared === undefined ? undefined : Math.sign(compared)).toBe(order);
  });

  it('takes what cannot be compared for newer', () => {
    expect([isNewer('1', '2'), isNewer('2', '2'), isNewer('3', '2'), isNewer('x', '2')]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});
