import { beforeEach, describe, expect, it } from 'vitest';
import { Store, type StoreChange, type StoredObject } from './store.js';

interface Pod {
  readonly ips: readonly string[];
  readonly node: string;
}

function pod(
  name: string,
  version: number,
  node: string,
  ips: readonly string[] = [],
  uid = name,
): StoredObject<Pod> {
  return { namespace: 'ns', name, uid, resourceVersion: String(version), value: { ips, node } };
}

describe('Store', () => {
  let errors: unknown[];
  let changes: StoreChange<Pod>[];
  let store: Store<Pod, 'ip' | 'node'>;

  beforeEach(() => {
    errors = [];
    changes = [];
    store = new Store<Pod, 'ip' | 'node'>({
      indexers: { ip: ({ ips }) => ips, node: ({ node }) => (node === '' ? undefined : node) },
      onListenerError: (error) => errors.push(error),
    });
    store.subscribe((change) => changes.push(change));
  });

  it('finds by key and by each value of each index, and forgets values that are gone', () => {
    store.set(pod('a', 1, 'n1', ['10.0.0.1', 'fd00::1']));
    store.set(pod('b', 2, 'n1', ['10.0.0.2']));
    store.set(pod('c', 3, ''));
    expect(store.get('ns/a')?.node).toBe('n1');
    expect(store.byIndex('node', 'n1')).toHaveLength(2);
    expect(store.byIndex('node', '')).toEqual([]);
    expect(store.byIndex('ip', 'fd00::1')).toEqual([store.get('ns/a')]);
    store.set(pod('a', 4, 'n2', ['10.0.0.9']));
    expect(store.byIndex('ip', '10.0.0.1')).toEqual([]);
    expect(store.byIndex('ip', '10.0.0.9')).toHaveLength(1);
    store.delete('ns/a');
    expect([store.size, store.byIndex('node', 'n2'), [...store.list()].length]).toEqual([2, [], 2]);
  });

  it('notifies after it has changed, with the old and the new object', () => {
    let seen: unknown;
    store.subscribe(() => (seen = store.byIndex('node', 'n1').length));
    store.set(pod('a', 1, 'n1'));
    expect(seen).toBe(1);
    store.set(pod('a', 2, 'n2'));
    store.delete('ns/a');
    store.delete('ns/a');
    expect(changes.map(({ type, old, new: now }) => [type, old?.node, now?.node])).toEqual([
      ['added', undefined, 'n1'],
      ['updated', 'n1', 'n2'],
      ['removed', 'n2', undefined],
    ]);
  });

  it('ignores the same and older versions, and takes any where they are not numbers', () => {
    store.set(pod('a', 10, 'n1'));
    store.set(pod('a', 10, 'again'));
    store.set(pod('a', 9, 'older'));
    expect(changes).toHaveLength(1);
    store.set({ ...pod('a', 0, 'n2'), resourceVersion: 'opaque' });
    expect(store.get('ns/a')?.node).toBe('n2');
  });

  it('tells a replaced object by its uid: removed, then added', () => {
    store.set(pod('a', 10, 'n1', [], 'first'));
    store.set(pod('a', 15, 'n2', [], 'second'));
    expect(changes.map(({ type }) => type)).toEqual(['added', 'removed', 'added']);
    store.delete('ns/a', 'first');
    expect(store.get('ns/a')?.node).toBe('n2');
    store.delete('ns/a', 'second');
    expect(store.size).toBe(0);
  });

  it('ignores what a watch that lags behind says of the object that had the name before', () => {
    store.set(pod('a', 10, 'n2', [], 'second'));
    store.set(pod('a', 5, 'n1', [], 'first'));
    store.delete('ns/a', 'first');
    expect(store.get('ns/a')?.node).toBe('n2');
    expect(changes).toHaveLength(1);
  });

  it('does not bring back what was expunged, until the watch has told that it is gone', () => {
    store.set(pod('a', 10, 'n1', [], 'first'));
    store.expunge('ns/a', 'other');
    expect(store.size).toBe(1);
    store.expunge('ns/a', 'first');
    store.set(pod('a', 11, 'n1', [], 'first'));
    store.replace([pod('a', 12, 'n1', [], 'first')]);
    expect(changes.map(({ type }) => type)).toEqual(['added', 'removed']);
    store.set(pod('a', 13, 'n2', [], 'second'));
    expect(store.get('ns/a')?.node).toBe('n2');
    store.delete('ns/a', 'first');
    expect(store.get('ns/a')?.node).toBe('n2');
  });

  it('replaces everything, notifying differences only and removals first', () => {
    store.replace([pod('a', 1, 'n1'), pod('b', 2, 'n1'), pod('c', 3, 'n1')]);
    changes.length = 0;
    store.replace([pod('d', 9, 'n1'), pod('b', 2, 'n1'), pod('c', 8, 'n2')]);
    expect(changes.map(({ type, key }) => `${type} ${key}`)).toEqual([
      'removed ns/a',
      'added ns/d',
      'updated ns/c',
    ]);
    expect(store.byIndex('node', 'n1')).toHaveLength(2);
  });

  it('lets neither a failing listener nor a failing indexer disturb anything', () => {
    const bad = new Store<string, 'bad' | 'good'>({
      indexers: {
        bad: () => {
          throw new Error('indexer');
        },
        good: (value) => value,
      },
      onListenerError: (error) => errors.push(error),
    });
    const unsubscribe = bad.subscribe(() => {
      throw new Error('listener');
    });
    const seen: string[] = [];
    bad.subscribe(({ key }) => seen.push(key));
    bad.set({ name: 'x', uid: 'u', resourceVersion: '1', value: 'v' });
    unsubscribe();
    bad.delete('x');
    expect(seen).toEqual(['x', 'x']);
    expect(errors.map((error) => (error as Error).message)).toEqual(['indexer', 'listener', 'indexer']);
  });
});
