import { describe, expect, it } from 'vitest';
import { refusal } from '../testing/cluster.js';
import { applyPatch, patchTypes } from './apply-patch.js';

const document = { a: 1, list: ['x'] };

describe('applyPatch', () => {
  it('applies each format, and leaves the document as it is', () => {
    const operations = [
      { op: 'test', path: '/a', value: 1 },
      { op: 'add', path: '/list/-', value: 'y' },
    ];
    expect(applyPatch(document, patchTypes.json, operations, true)).toEqual({ a: 1, list: ['x', 'y'] });
    expect(applyPatch(document, patchTypes.merge, { a: null }, true)).toEqual({ list: ['x'] });
    expect(applyPatch(document, patchTypes.strategic, { a: 2 }, false)).toEqual({ a: 2, list: ['x'] });
    expect(document).toEqual({ a: 1, list: ['x'] });
  });

  it.each([
    ['a test that fails', [{ op: 'test', path: '/a', value: 2 }]],
    ['a path that is not there', [{ op: 'remove', path: '/nowhere' }]],
    ['an operation that is none', [{ op: 'divide', path: '/a' }]],
  ])('refuses %s with 422', (_what, operations) => {
    expect(refusal(() => applyPatch(document, patchTypes.json, operations, true)).code).toBe(422);
  });

  it('refuses what is no patch with 400', () => {
    expect(refusal(() => applyPatch(document, patchTypes.json, {}, true)).code).toBe(400);
    expect(refusal(() => applyPatch(document, patchTypes.merge, [], true)).code).toBe(400);
  });

  it('refuses server-side apply, and a strategic patch of a custom resource, with 415', () => {
    expect(refusal(() => applyPatch(document, 'application/apply-patch+yaml', {}, false)).code).toBe(415);
    expect(refusal(() => applyPatch(document, patchTypes.strategic, {}, true)).message).toBe(
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json',
    );
  });
});
