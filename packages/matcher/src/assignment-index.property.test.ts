import { objectKey } from '@aad-pod-identity/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssignmentIndex } from './assignment-index.js';
import { decideException } from './exception.js';
import { match } from './match.js';
import { plan } from './plan.js';
import type { MatchPolicy } from './policy.js';
import type { Protected } from './protected-identities.js';
import { eventSequence, Model } from './testing/arbitrary-events.js';
import { describeGrant, describePlaced, describePlan } from './testing/describe-plan.js';
import { identityId } from './testing/objects.js';

const policy = fc.record({ mode: fc.constant('standard' as const), forceNamespaced: fc.boolean() });
const guarded: fc.Arbitrary<Protected> = fc.record({
  immutableIdentities: fc.constantFrom([], ['C1'], [identityId('Y')]),
  clusterIdentity: fc.constantFrom('', 'c2'),
});

/** All that an index says. */
function said(index: AssignmentIndex, version: 'with versions' | 'without versions'): Record<string, object> {
  const plans = [...index.resources()].sort().map((key) => index.planFor(key)!);
  return {
    desired: Array.from(index.allDesired(), (grant) => describeGrant(grant, version)).sort(),
    resources: plans.map((each) => describePlan(each, version)),
    unplaced: index.unplacedChanges().map((change) => describePlaced(change, version)),
    unresolved: index.unresolvedNodes(),
  };
}

/** The same, worked out from all objects at once. */
function planned(model: Model, rules: MatchPolicy, protectedIdentities: Protected): object {
  const version = 'with versions';
  const whole = plan(model.snapshot('backwards'), rules, protectedIdentities);
  return {
    desired: whole.desired.map((grant) => describeGrant(grant, version)).sort(),
    resources: whole.resources.map((each) => describePlan(each, version)),
    unplaced: whole.unplaced.map((change) => describePlaced(change, version)),
    unresolved: whole.unresolvedNodes,
  };
}

describe('AssignmentIndex and plan', () => {
  it('agree after every event, whatever happened before', () => {
    fc.assert(
      fc.property(eventSequence, policy, guarded, (events, rules, protectedIdentities) => {
        const model = new Model();
        const index = new AssignmentIndex(rules, protectedIdentities);
        for (const event of events) {
          model.apply(event);
          index.apply(event);
          expect(said(index, 'with versions')).toEqual(planned(model, rules, protectedIdentities));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('names in the effect of an event everything that it changed', () => {
    fc.assert(
      fc.property(eventSequence, policy, (events, rules) => {
        const index = new AssignmentIndex(rules);
        const readAll = (): {
          plans: Map<string, string>;
          changes: Map<string, string>;
          grants: Map<string, string>;
        } => {
          const plans = new Map<string, string>();
          for (const key of index.resources()) {
            plans.set(key, JSON.stringify(describePlan(index.planFor(key)!, 'without versions')));
          }
          const changes = new Map<string, string>();
          const grants = new Map<string, string>();
          for (const grant of index.allDesired()) {
            const pod = objectKey(grant.pod);
            grants.set(pod, `${grants.get(pod) ?? ''} ${describeGrant(grant, 'without versions')}`);
            changes.set(grant.key, '');
          }
          for (const { change } of index.unplacedChanges()) changes.set(change.key, '');
          for (const key of changes.keys()) {
            const placed = index.placedChangesOf(key).map((each) => describePlaced(each, 'without versions'));
            changes.set(key, placed.join());
          }
          return { plans, changes, grants };
        };
        let before = readAll();
        for (const event of events) {
          const effect = index.apply(event);
          const after = readAll();
          expect([...effect.resources]).toEqual(expect.arrayContaining(differing(before.plans, after.plans)));
          expect([...effect.assignments]).toEqual(
            expect.arrayContaining(differing(before.changes, after.changes)),
          );
          expect([...effect.pods]).toEqual(expect.arrayContaining(differing(before.grants, after.grants)));
          before = after;
        }
      }),
      { numRuns: 200 },
    );
  });

  it('match the same pods, and except the same pods', () => {
    fc.assert(
      fc.property(eventSequence, policy, (events, rules) => {
        const model = new Model();
        const index = new AssignmentIndex(rules);
        for (const event of events) {
          model.apply(event);
          index.apply(event);
        }
        const snapshot = model.snapshot('backwards');
        const result = match(snapshot, rules);
        for (const pod of snapshot.pods) {
          expect(index.matches.matchOf(pod)).toEqual(result.matchOf(pod));
          for (const rule of ['all', 'any'] as const) {
            expect(index.matches.exceptionOf(pod, rule)).toEqual(
              decideException(pod, snapshot.exceptions, rule),
            );
          }
        }
      }),
    );
  });

  it('hold nothing any more once everything is deleted', () => {
    fc.assert(
      fc.property(eventSequence, policy, (events, rules) => {
        const index = new AssignmentIndex(rules);
        for (const event of events) index.apply(event);
        for (const event of events) {
          const key = event.type === 'delete' ? event.key : { namespace: '', ...event.object };
          index.apply({ type: 'delete', kind: event.kind, key });
        }
        expect(said(index, 'with versions')).toEqual({
          desired: [],
          resources: [],
          unplaced: [],
          unresolved: [],
        });
        expect([...index.assigned.values()]).toEqual([]);
      }),
    );
  });
});

function differing(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => before.get(key) !== after.get(key),
  );
}
