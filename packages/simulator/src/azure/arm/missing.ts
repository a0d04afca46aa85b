/**
 * How ARM says that something is not there.
 *
 * @module
 */
import { ArmFailure } from '../arm-failure.js';

/** 404 for a resource of which the resource group exists. */
export function resourceNotFound(type: string, name: string, resourceGroup: string): ArmFailure {
  return new ArmFailure(
    404,
    'ResourceNotFound',
    `The Resource '${type}/${name}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

/** 404 for a resource group. */
export function resourceGroupNotFound(resourceGroup: string): ArmFailure {
  return new ArmFailure(
    404,
    'ResourceGroupNotFound',
    `Resource group '${resourceGroup}' could not be found.`,
  );
}

/** 404 for a subscription. */
export function subscriptionNotFound(subscriptionId: string): ArmFailure {
  return new ArmFailure(
    404,
    'SubscriptionNotFound',
    `The subscription '${subscriptionId}' could not be found.`,
  );
}
