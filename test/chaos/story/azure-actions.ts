import {
  azureIdentityId,
  computePlaces,
  createAzureIdentity,
  placeId,
  type ComputePlace,
} from '../world/places.js';
import type { World } from '../world/world.js';
import type { AzureAction } from './actions.js';

/** Does it, where it can be done. @returns whether it was */
export function performInAzure(world: World, action: AzureAction): boolean {
  const { azure } = world;
  switch (action.do) {
    case 'attach-by-hand':
      return changeIdentities(world, action.place, { attach: action.identity });
    case 'detach-by-hand':
      return changeIdentities(world, action.place, { detach: action.identity });
    case 'system-assigned':
      return changeIdentities(world, action.place, { systemAssigned: action.on });
    case 'delete-azure-identity':
      return deleteIdentity(world, action.identity);
    case 'recreate-azure-identity':
      deleteIdentity(world, action.identity);
      createAzureIdentity(azure, action.identity, world.mic.objectId);
      return true;
    case 'forbid-identity':
      azure.roles.removeWithin(azureIdentityId(action.identity));
      return true;
    case 'allow-identity':
      createAzureIdentity(azure, action.identity, world.mic.objectId);
      return true;
    case 'delete-place':
      return azure.compute.delete(idOf(action.place));
    case 'recreate-place':
      azure.compute.delete(idOf(action.place));
      world.createPlace(action.place);
      return true;
    case 'fail-operation': {
      const { place, code } = action;
      azure.compute.failNextUpdate(idOf(place), { code, message: 'a fault of the simulation' });
      return true;
    }
  }
}

function idOf(place: number): string {
  return placeId(computePlaces[place] as ComputePlace);
}

function deleteIdentity({ azure }: World, identity: number): boolean {
  const id = azureIdentityId(identity);
  azure.roles.removeWithin(id);
  return azure.identities.delete(id);
}

interface Change {
  readonly attach?: number;
  readonly detach?: number;
  readonly systemAssigned?: boolean;
}

function changeIdentities(world: World, place: number, { attach, detach, systemAssigned }: Change): boolean {
  const resource = world.azure.compute.get(idOf(place));
  if (resource === undefined) return false;
  const has = new Set(resource.identity.userAssigned.keys());
  const ids: Record<string, object | null> = {};
  if (attach !== undefined) ids[azureIdentityId(attach)] = {};
  if (detach !== undefined) {
    if (!has.delete(azureIdentityId(detach).toLowerCase())) return false;
    ids[azureIdentityId(detach)] = null;
  }
  const system = systemAssigned ?? resource.identity.systemAssigned !== undefined;
  const user = has.size > 0 || attach !== undefined;
  const type =
    [system ? 'SystemAssigned' : '', user ? 'UserAssigned' : ''].filter(Boolean).join(', ') || 'None';
  const identity = { type, ...(user && Object.keys(ids).length > 0 && { userAssignedIdentities: ids }) };
  return world.arm('PATCH', idOf(place), { identity }) < 400;
}
