/**
 * What MIC would leave behind on machines. Pure.
 *
 * @module
 */
import type { ComputeResource, IdentityResourceId } from '@aad-pod-identity/core';
import { compareStrings } from '@aad-pod-identity/core';
import type { AssignmentIndex } from '@aad-pod-identity/matcher';

/** A VM or scale set with identities on it that MIC attached. */
export interface Leftover {
  readonly resource: ComputeResource;
  /** In order of their keys; never empty. */
  readonly identities: readonly IdentityResourceId[];
}

/**
 * By the AzureAssignedIdentities of an index that no pod has a part in. What was there before MIC, the cluster's own
 * identity and immutable ones are not MIC's to take off, and not in it.
 */
export function attachedByMic(index: AssignmentIndex): readonly Leftover[] {
  return [...index.resources()].sort(compareStrings).flatMap((key) => {
    const plan = index.planFor(key);
    if (plan === undefined || plan.detach.length === 0) return [];
    return [{ resource: plan.resource, identities: plan.detach.map(({ identity }) => identity) }];
  });
}

/** For people: each with the command that takes it off. */
export function describeLeftovers(leftovers: readonly Leftover[]): string {
  if (leftovers.length === 0) return 'MIC left no identity on a VM or scale set\n';
  const parts = leftovers.map(({ resource, identities }) => {
    const { subscriptionId, resourceGroup, name, type } = resource;
    const [group, what] = type === 'virtualMachines' ? ['vm', 'VM'] : ['vmss', 'scale set'];
    const ids = identities.map(({ id }) => ` \\\n    ${id}`).join('');
    const place = `--subscription ${subscriptionId} --resource-group ${resourceGroup} --name ${name}`;
    return `on the ${what} ${name}; to take it off:\n  az ${group} identity remove ${place} --identities${ids}\n`;
  });
  return `attached by MIC, and left there:\n${parts.join('')}`;
}
