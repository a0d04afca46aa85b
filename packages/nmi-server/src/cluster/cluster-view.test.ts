import { describe, expect, it } from 'vitest';
import { exceptionJson, grantedPod, removal, upsert } from '../testing/cluster-objects.js';
import { ClusterView } from './cluster-view.js';

const { pod, identity, binding, assigned } = grantedPod('10.1.0.7');

describe('What was decided for a pod', () => {
  const request = {};

  function granted() {
    const view = new ClusterView({ mode: 'standard', forceNamespaced: false }, 'all');
    for (const object of [pod, identity, binding, assigned]) view.apply(upsert(object));
    const known = view.pod({ namespace: 'team-a', name: 'app' });
    if (known === undefined) throw new Error('the pod is not there');
    const decision = view.decide(known, request);
    expect(decision.outcome).toBe('granted');
    return { view, known, decision };
  }

  it('holds for the same question until an event comes, and for no other question', () => {
    const { view, known, decision } = granted();
    expect(view.decide(known, request)).toBe(decision);
    expect(view.decide(known, { clientId: '00000000-0000-0000-0000-000000000000' }).outcome).toBe('denied');
  });

  it.each([
    ['binding', removal(binding)],
    ['identity', removal(identity)],
    ['assignment', removal(assigned)],
  ])('is decided anew once its %s is gone', (_, event) => {
    const { view, known } = granted();
    view.apply(event);
    expect(view.decide(known, request).outcome).not.toBe('granted');
  });

  it('is decided anew once the pod is excepted', () => {
    const { view, known } = granted();
    view.apply(upsert(exceptionJson({ namespace: 'team-a', name: 'left-out' }, { aadpodidbinding: 'app' })));
    expect(view.decide(known, request).outcome).toBe('excepted');
  });
});
