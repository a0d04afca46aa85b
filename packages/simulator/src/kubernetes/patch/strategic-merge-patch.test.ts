import { describe, expect, it } from 'vitest';
import { strategicMergePatch } from './strategic-merge-patch.js';

const spec = {
  containers: [
    { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: 'b:1' },
  ],
  tolerations: [{ key: 'x' }],
};

describe('strategicMergePatch', () => {
  it('merges lists that have a key, by it', () => {
    const patch = {
      containers: [{ name: 'a', image: 'a:2', env: [{ name: 'Y', value: '2' }] }, { name: 'c' }],
    };
    expect(strategicMergePatch(spec, patch)['containers']).toEqual([
      {
        name: 'a',
        image: 'a:2',
        env: [
          { name: 'X', value: '1' },
          { name: 'Y', value: '2' },
        ],
      },
      { name: 'b', image: 'b:1' },
      { name: 'c' },
    ]);
  });

  it('replaces other lists, and unites finalizers', () => {
    expect(strategicMergePatch(spec, { tolerations: [{ key: 'y' }] })['tolerations']).toEqual([{ key: 'y' }]);
    expect(strategicMergePatch({ finalizers: ['a'] }, { finalizers: ['b', 'a'] })).toEqual({
      finalizers: ['a', 'b'],
    });
  });

  it('removes what a directive names', () => {
    const patch = {
      containers: [{ name: 'a', $patch: 'delete' }],
      tolerations: null,
      '$deleteFromPrimitiveList/finalizers': ['x'],
    };
    expect(strategicMergePatch({ ...spec, finalizers: ['x', 'y'] }, patch)).toEqual({
      containers: [{ name: 'b', image: 'b:1' }],
      finalizers: ['y'],
    });
  });

  it('replaces an object or a list as a whole when told to', () => {
    expect(strategicMergePatch({ a: { b: 1 } }, { a: { $patch: 'replace', c: 2 } })).toEqual({ a: { c: 2 } });
    expect(
      strategicMergePatch(spec, { containers: [{ $patch: 'replace' }, { name: 'z' }] })['containers'],
    ).toEqual([{ name: 'z' }]);
  });

  it('keeps only the keys that are retained', () => {
    const volume = { name: 'v', hostPath: { path: '/x' } };
    const patch = { volumes: [{ name: 'v', emptyDir: {}, $retainKeys: ['name', 'emptyDir'] }] };
    expect(strategicMergePatch({ volumes: [volume] }, patch)).toEqual({
      volumes: [{ name: 'v', emptyDir: {} }],
    });
  });

  it('puts items into the order asked for, and leaves the others where they stood', () => {
    const target = { env: ['a', 'server', 'b'].map((name) => ({ name })) };
    const patch = {
      '$setElementOrder/env': [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
      env: [{ name: 'c' }],
    };
    expect(strategicMergePatch(target, patch)['env']).toEqual(
      ['server', 'b', 'c', 'a'].map((name) => ({ name })),
    );
  });

  it('changes neither target nor patch', () => {
    const [target, patch] = [structuredClone(spec), { containers: [{ name: 'a', image: 'a:3' }] }];
    strategicMergePatch(target, patch);
    expect(target).toEqual(spec);
    expect(patch).toEqual({ containers: [{ name: 'a', image: 'a:3' }] });
  });
});
