/**
 * Which path leads to which handler. Paths are matched in any casing, as ARM does.
 *
 * @module
 */
import type { ArmCall, ArmResponse } from './arm-request.js';
import type { ArmState } from './arm-state.js';
import {
  getCompute,
  getInstance,
  getOperation,
  listCompute,
  listInstances,
  patchCompute,
} from './compute-handlers.js';
import { deleteIdentity, getIdentity, listIdentities, putIdentity } from './identity-handlers.js';
import {
  deleteRoleAssignment,
  getRoleAssignment,
  listRoleAssignments,
  putRoleAssignment,
} from './role-handlers.js';
import { listSubscriptions } from './subscription-handlers.js';

type Handler = (state: ArmState, call: ArmCall) => ArmResponse;

/** A path, and its handlers by method. */
export interface Route {
  readonly pattern: RegExp;
  readonly handlers: Readonly<Partial<Record<'GET' | 'PUT' | 'PATCH' | 'DELETE', Handler>>>;
}

/** `{name}` stands for one segment; `{scope}` at the start for any number of them. */
function path(template: string): RegExp {
  const source = template.replace('{scope}', '(?<scope>(?:/[^/]+)*?)').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return new RegExp(`^${source}/?$`, 'i');
}

const subscription = '/subscriptions/{subscription}';
const group = `${subscription}/resourceGroups/{group}`;
const machines = 'providers/Microsoft.Compute/virtualMachines';
const sets = 'providers/Microsoft.Compute/virtualMachineScaleSets';
const identities = 'providers/Microsoft.ManagedIdentity/userAssignedIdentities';
const assignments = 'providers/Microsoft.Authorization/roleAssignments';

/** Every route of the simulated ARM. */
export const routes: readonly Route[] = [
  { pattern: path('/subscriptions'), handlers: { GET: listSubscriptions } },
  { pattern: path(`${subscription}/${machines}`), handlers: { GET: listCompute('virtualMachine') } },
  { pattern: path(`${group}/${machines}`), handlers: { GET: listCompute('virtualMachine') } },
  {
    pattern: path(`${group}/${machines}/{name}`),
    handlers: { GET: getCompute('virtualMachine'), PATCH: patchCompute('virtualMachine') },
  },
  { pattern: path(`${subscription}/${sets}`), handlers: { GET: listCompute('scaleSet') } },
  { pattern: path(`${group}/${sets}`), handlers: { GET: listCompute('scaleSet') } },
  {
    pattern: path(`${group}/${sets}/{name}`),
    handlers: { GET: getCompute('scaleSet'), PATCH: patchCompute('scaleSet') },
  },
  { pattern: path(`${group}/${sets}/{name}/virtualMachines`), handlers: { GET: listInstances } },
  { pattern: path(`${group}/${sets}/{name}/virtualMachines/{instance}`), handlers: { GET: getInstance } },
  {
    pattern: path(`${subscription}/providers/Microsoft.Compute/locations/{location}/operations/{operation}`),
    handlers: { GET: getOperation },
  },
  { pattern: path(`${subscription}/${identities}`), handlers: { GET: listIdentities } },
  { pattern: path(`${group}/${identities}`), handlers: { GET: listIdentities } },
  {
    pattern: path(`${group}/${identities}/{name}`),
    handlers: { GET: getIdentity, PUT: putIdentity, DELETE: deleteIdentity },
  },
  { pattern: path(`{scope}/${assignments}`), handlers: { GET: listRoleAssignments } },
  {
    pattern: path(`{scope}/${assignments}/{name}`),
    handlers: { GET: getRoleAssignment, PUT: putRoleAssignment, DELETE: deleteRoleAssignment },
  },
];
