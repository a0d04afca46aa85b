import { objectKey } from '@aad-pod-identity/core';
import type { AssignmentChange } from '../assignment-change.js';
import type { PlacedChange } from '../assignment-uses.js';
import type { Grant } from '../grant.js';
import type { ResourcePlan } from '../resource-plan.js';

/** Whether a description shows the version of the pod too, which plays no part in what has to be done. */
export type PodVersion = 'with pod version' | 'without pod version';

export function describeGrant({ key, pod, binding, identity }: Grant, version: PodVersion): string {
  const podVersion = version === 'with pod version' ? `@${pod.resourceVersion}` : '';
  const through = `${objectKey(binding)}@${binding.resourceVersion}`;
  return `${key}${podVersion} on ${pod.nodeName} of @${identity.resourceVersion} through ${through}`;
}

export function describeChange(change: AssignmentChange, version: PodVersion): string {
  const grant = change.action === 'delete' ? change.why : describeGrant(change.grant, version);
  const current =
    change.action === 'create' ? '' : `${objectKey(change.current)}@${change.current.resourceVersion}`;
  const differences = change.action === 'update' ? change.differences.join('+') : '';
  return `${change.action} ${change.key} ${grant} ${current} ${differences}`;
}

export function describePlaced({ change, placement }: PlacedChange, version: PodVersion): string {
  const place = placement.kind === 'none' ? placement.why : placement.key;
  return `${describeChange(change, version)} -> ${place}`;
}

/** A plan as text: everything but the casing in which a resource is written, and the order of the changes. */
export function describePlan(plan: ResourcePlan, version: PodVersion): object {
  const leaving = (part: {
    leaving: readonly { namespace: string; name: string; resourceVersion: string }[];
  }): string[] => part.leaving.map((assigned) => `${objectKey(assigned)}@${assigned.resourceVersion}`);
  return {
    key: plan.key,
    nodes: plan.nodes,
    attach: plan.attach.map(({ identity, attachedBy, changes }) => [
      identity.key,
      attachedBy,
      changes.map((change) => describeChange(change, version)).sort(),
    ]),
    detach: plan.detach.map((part) => [part.identity.key, leaving(part)]),
    keep: plan.keep.map((part) => [part.identity.key, part.why, part.users, leaving(part)]),
    changes: plan.changes.map((change) => describeChange(change, version)).sort(),
  };
}
