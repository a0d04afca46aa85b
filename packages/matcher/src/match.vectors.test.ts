import { describe, expect, it } from 'vitest';
import { match } from './match.js';
import { MatchIndex } from './match-index.js';
import type { Grant } from './grant.js';
import type { MatchPolicy } from './policy.js';
import { eventsOf } from './testing/events.js';
import { snapshotOf, vectorsOf, type VectorObjects } from './testing/vector-snapshot.js';

type Input = VectorObjects & MatchPolicy;

describe('vectors: match', () => {
  for (const { name, input, expected } of vectorsOf<Input, { grants: object[] }>('match')) {
    const { mode, forceNamespaced } = input;
    const snapshot = snapshotOf(input);

    it(name, () => {
      const { grants } = match(snapshot, { mode, forceNamespaced });
      expect(grants.map(describeGrant).sort()).toEqual(sorted(expected.grants));
    });

    it(`${name} (incremental)`, () => {
      const index = new MatchIndex({ mode, forceNamespaced });
      for (const event of eventsOf(snapshot)) index.apply(event);
      expect(Array.from(index.grants(), describeGrant).sort()).toEqual(sorted(expected.grants));
    });
  }
});

function sorted(grants: object[]): string[] {
  return grants.map((grant) => Object.values(grant).join(' ')).sort();
}

function describeGrant({ pod, identity, binding }: Grant): string {
  return [pod.namespace, pod.name, identity.namespace, identity.name, binding.namespace, binding.name].join(
    ' ',
  );
}
