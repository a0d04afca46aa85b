import { objectKey, type ObjectMeta } from '@aad-pod-identity/core';
import type { AssignmentChange } from '../assignment-change.js';
import type { PlacedChange } from '../assignment-uses.js';
import type { Grant } from '../grant.js';
import type { ResourcePlan } from '../resource-plan.js';

/** Whether a description shows versions of pods, identities and bindings, which play no part in what has to be done. */
export type Versions = 'with versions' | 'without versions';

export function describeGrant({ key, pod, binding, identity }: Grant, versions: Versions): string {
  const show = (object: ObjectMeta, meaning: unknown): string =>
    versions === 'with versions' ? `@${object.resourceVersion}` : `${object.uid}${JSON.stringify(meaning)}`;
  const through = `${objectKey(binding)}${show(binding, binding.spec)}`;
  const of = show(identity, [identity.spec, identity.annotations]);
  return `${key}${show(pod, '')} on ${pod.nodeName} of ${of} through ${through}`;
}

export function describeChange(change: AssignmentChange, versions: Versions): string {
  const grant = change.action === 'delete' ? change.why : describeGrant(change.grant, versions);
  const current =
    change.action === 'create' ? '' : `${objectKey(change.current)}@${change.current.resourceVersion}`;
  const differences = change.action === 'update' ? change.differences.join('+') : '';
  return `${change.action} ${change.key} ${grant} ${current} ${differences}`;
}

export function describePlaced({ change, placement }: PlacedChange, versions: Versions): string {
  const place = placement.kind === 'none' ? placement.why : placement.key;
  return `${describeChange(change, versions)} -> ${place}`;
}

/** A plan as text: everything but the casing in which a resource is written, and the order of the changes. */
export function describePlan(plan: ResourcePlan, versions: Versions): object {
  const leaving = (part: {
    leaving: readonly { namespace: string; name: string; resourceVersion: string }[];
  }): string[] => part.leaving.map((assigned) => `${objectKey(assigned)}@${assigned.resourceVersion}`);
  return {
    key: plan.key,
    nodes: plan.nodes,
    attach: plan.attach.map((part) => [
      part.identity.key,
      part.attachedBy,
      part.changes.map((change) => describeChange(change, versions)).sort(),
      leaving(part),
    ]),
    detach: plan.detach.map((part) => [part.identity.key, leaving(part)]),
    keep: plan.keep.map((part) => [part.identity.key, part.why, part.users, leaving(part)]),
    changes: plan.changes.map((change) => describeChange(change, versions)).sort(),
  };
}
