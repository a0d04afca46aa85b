import { describe, expect, it } from 'vitest';
import { configMap, refusal, type TestCluster, testCluster } from '../testing/cluster.js';

function withMaps(...names: string[]): TestCluster {
  const cluster = testCluster();
  for (const name of names) cluster.api.objects.create('configmaps', configMap(name));
  return cluster;
}

const names = (list: { items: readonly { metadata: { name?: string } }[] }): string[] =>
  list.items.map((item) => item.metadata.name ?? '');

describe('a list in chunks', () => {
  it('is of one version, whatever happens between its chunks', () => {
    const { api } = withMaps('b', 'd', 'a', 'c');
    const first = api.objects.list('configmaps', { limit: 2 });
    expect(names(first)).toEqual(['a', 'b']);
    expect(first.remainingItemCount).toBe(2);
    api.objects.delete('configmaps', { namespace: 'default', name: 'c' });
    api.objects.create('configmaps', configMap('bb'));
    const second = api.objects.list('configmaps', { limit: 2, continue: first.continue });
    expect(names(second)).toEqual(['c', 'd']);
    expect(second.resourceVersion).toBe(first.resourceVersion);
    expect(second.continue).toBeUndefined();
  });

  it('that has expired can be gone on with, inconsistently', () => {
    const { api } = withMaps('a', 'b', 'c');
    const first = api.objects.list('configmaps', { limit: 1 });
    api.objects.create('configmaps', configMap('d'));
    api.compact();
    const status = refusal(() => api.objects.list('configmaps', { continue: first.continue }));
    expect(status).toMatchObject({ code: 410, reason: 'Expired' });
    const rest = api.objects.list('configmaps', { continue: status.metadata.continue });
    expect(names(rest)).toEqual(['b', 'c', 'd']);
  });

  it('does not count what remains of a selection', () => {
    const { api } = withMaps('a', 'b', 'c');
    const page = api.objects.list('configmaps', { limit: 1, fieldSelector: 'metadata.name!=b' });
    expect(page.remainingItemCount).toBeUndefined();
    expect(
      names(api.objects.list('configmaps', { continue: page.continue, fieldSelector: 'metadata.name!=b' })),
    ).toEqual(['c']);
  });
});

describe('a list of a version', () => {
  it('that is to come is a timeout', () => {
    const { api } = withMaps();
    expect(refusal(() => api.objects.list('configmaps', { resourceVersion: '99999' }))).toMatchObject({
      code: 504,
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
    });
  });

  it('that is forgotten has expired', () => {
    const { api } = withMaps('a', 'b');
    api.compact();
    const options = { resourceVersion: '2', resourceVersionMatch: 'Exact' };
    expect(refusal(() => api.objects.list('configmaps', options)).code).toBe(410);
  });
});
