import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignmentKey, type AssignmentTuple } from './assignment-key.js';
import { assignmentName, nameAssignments } from './assignment-name.js';
import { shortHash } from './short-hash.js';

const part = fc.constantFrom('a', 'b', 'a-b', 'b-a', 'a.b', 'x'.repeat(120), `${'x'.repeat(119)}y`);
const tuple: fc.Arbitrary<AssignmentTuple> = fc.record({
  podNamespace: part,
  pod: part,
  identityNamespace: part,
  identity: part,
});

describe('nameAssignments', () => {
  it('gives every assignment a valid name of its own, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.uniqueArray(tuple, { selector: assignmentKey, maxLength: 30 }), (tuples) => {
        const unnamed = tuples.map((each) => ({ tuple: each, namespace: 'default' }));
        const names = nameAssignments(unnamed, []);
        expect(nameAssignments([...unnamed].reverse(), [])).toEqual(names);
        const all = [...names.values()].map(({ name }) => name);
        expect(new Set(all).size).toBe(tuples.length);
        for (const name of all) expect(name).toMatch(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/);
      }),
    );
  });
});

describe('assignmentName', () => {
  const plain: AssignmentTuple = { podNamespace: 'ns', pod: 'p', identityNamespace: 'ns', identity: 'i' };

  it('goes on until a name is free', () => {
    const tried: string[] = [];
    const name = assignmentName(plain, (candidate) => tried.push(candidate) <= 3);
    expect(tried[0]).toBe('p-ns-i');
    expect(name).toBe(tried[3]);
    expect(new Set(tried).size).toBe(4);
  });

  it('cuts off what a name may not end with before the hash', () => {
    const long = { ...plain, pod: `${'x'.repeat(241)}.y`, identity: 'identity' };
    expect(assignmentName(long, () => false)).toMatch(/^x{241}-[0-9a-z]{10}$/);
  });
});

describe('shortHash', () => {
  it('tells many similar texts apart', () => {
    const hashes = Array.from({ length: 20_000 }, (_, index) => shortHash(`ns/pod-${index}/ns/identity`));
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-z]{10}$/);
  });
});
