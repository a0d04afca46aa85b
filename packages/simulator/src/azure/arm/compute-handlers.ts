/**
 * `Microsoft.Compute`: reading and updating virtual machines and scale sets.
 *
 * @module
 */
import { ArmFailure } from '../arm-failure.js';
import { typeOf, type ComputeResource } from '../compute/compute-resource.js';
import { parseIdentityPatch } from '../compute/identity-block.js';
import { showOperation, type Operation } from '../compute/operation.js';
import { computeId } from '../resource-id.js';
import { jsonBody, parameter, type ArmCall, type ArmResponse } from './arm-request.js';
import { requireMatch, requireResourceGroup, requireSubscription, type ArmState } from './arm-state.js';
import { authorize, authorizeAssignment } from './authorization.js';
import { resourceNotFound } from './missing.js';
import { page } from './paging.js';
import { etagOf, showCompute, showInstance } from './show-compute.js';

type Kind = ComputeResource['kind'];

/** `GET …/virtualMachines` or `…/virtualMachineScaleSets`, of a resource group or of a whole subscription. */
export function listCompute(kind: Kind): (state: ArmState, call: ArmCall) => ArmResponse {
  return (state, call) => {
    const subscription = parameter(call, 'subscription');
    requireSubscription(state, subscription);
    const group = call.parameters['group'];
    const scope = `/subscriptions/${subscription}${group === undefined ? '' : `/resourceGroups/${group}`}`;
    authorize(
      state.roles,
      call.caller,
      `Microsoft.Compute/${typeOf(kind)}/read`,
      `${scope}/providers/Microsoft.Compute`,
    );
    if (group !== undefined) requireResourceGroup(state, subscription, group);
    const found = state.compute.list(scope).filter((resource) => resource.kind === kind);
    return {
      status: 200,
      headers: {},
      body: page(call, found, (resource) => showCompute(state, resource), state),
    };
  };
}

/** `GET` of one virtual machine or scale set. */
export function getCompute(kind: Kind): (state: ArmState, call: ArmCall) => ArmResponse {
  return (state, call) => {
    const resource = find(state, call, kind, 'read');
    const headers = state.throttle?.count('read', resource) ?? {};
    return {
      status: 200,
      headers: { ...headers, ETag: etagOf(resource) },
      body: showCompute(state, resource),
    };
  };
}

/** `PATCH` of one: identities and tags. */
export function patchCompute(kind: Kind): (state: ArmState, call: ArmCall) => ArmResponse {
  return (state, call) => {
    const resource = find(state, call, kind, 'write');
    const body = jsonBody(call);
    const identity = body['identity'] === undefined ? undefined : parseIdentityPatch(body['identity']);
    const tags = body['tags'] === undefined ? undefined : parseTags(body['tags']);
    authorizeAssignment(state.roles, call.caller, identity?.attach ?? [], {
      action: `Microsoft.Compute/${typeOf(kind)}/write`,
      scope: resource.id,
    });
    const headers = state.throttle?.count('write', resource) ?? {};
    requireMatch(call.headers, etagOf(resource));
    const operation = state.compute.beginUpdate(resource, {
      ...(identity && { identity }),
      ...(tags && { tags }),
    });
    return {
      status: kind === 'virtualMachine' ? 200 : 202,
      headers: { ...headers, ...operationHeaders(state, call, operation), ETag: etagOf(resource) },
      body: showCompute(state, resource),
    };
  };
}

/** `GET …/virtualMachineScaleSets/{set}/virtualMachines` */
export function listInstances(state: ArmState, call: ArmCall): ArmResponse {
  const scaleSet = findScaleSet(state, call);
  const instances = [...scaleSet.instances.values()];
  const body = page(call, instances, (instance) => showInstance(scaleSet, instance), state);
  return { status: 200, headers: {}, body };
}

/** `GET …/virtualMachineScaleSets/{set}/virtualMachines/{instance}` */
export function getInstance(state: ArmState, call: ArmCall): ArmResponse {
  const scaleSet = findScaleSet(state, call);
  const instanceId = parameter(call, 'instance');
  const instance = scaleSet.instances.get(instanceId);
  if (instance === undefined) {
    const message = `The entity was not found in this Azure location: instance '${instanceId}' of '${scaleSet.name}'.`;
    throw new ArmFailure(404, 'NotFound', message);
  }
  return { status: 200, headers: {}, body: showInstance(scaleSet, instance) };
}

/** `GET …/locations/{location}/operations/{id}`: the status document, or with `monitor=true` the resource when done. */
export function getOperation(state: ArmState, call: ArmCall): ArmResponse {
  const subscription = parameter(call, 'subscription');
  const scope = `/subscriptions/${subscription}/providers/Microsoft.Compute/locations/${parameter(call, 'location')}`;
  const operation = state.compute.operation(parameter(call, 'operation'));
  if (
    operation === undefined ||
    operation.resource.subscriptionId.toLowerCase() !== subscription.toLowerCase()
  ) {
    authorize(state.roles, call.caller, 'Microsoft.Compute/locations/operations/read', scope);
    throw new ArmFailure(404, 'NotFound', 'The entity was not found.');
  }
  const { resource } = operation;
  authorize(state.roles, call.caller, `Microsoft.Compute/${typeOf(resource.kind)}/read`, resource.id);
  const retryAfter = operation.status === 'InProgress' ? retryAfterHeader(state, operation) : {};
  if (call.query.get('monitor') !== 'true')
    return { status: 200, headers: retryAfter, body: showOperation(operation) };
  switch (operation.status) {
    case 'InProgress':
      return {
        status: 202,
        headers: { ...retryAfter, Location: operationUrl(state, call, operation, true) },
      };
    case 'Succeeded':
      return { status: 200, headers: {}, body: showCompute(state, resource) };
    case 'Failed': {
      const { code = 'InternalExecutionError', message = 'An internal execution error occurred.' } =
        operation.failure ?? {};
      throw new ArmFailure(409, code, message);
    }
  }
}

function find(state: ArmState, call: ArmCall, kind: Kind, verb: 'read' | 'write'): ComputeResource {
  const subscription = parameter(call, 'subscription');
  const group = parameter(call, 'group');
  const name = parameter(call, 'name');
  const id = computeId(subscription, group, typeOf(kind), name);
  requireSubscription(state, subscription);
  authorize(state.roles, call.caller, `Microsoft.Compute/${typeOf(kind)}/${verb}`, id);
  requireResourceGroup(state, subscription, group);
  const resource = state.compute.get(id);
  if (resource === undefined) throw resourceNotFound(`Microsoft.Compute/${typeOf(kind)}`, name, group);
  return resource;
}

function findScaleSet(state: ArmState, call: ArmCall): Extract<ComputeResource, { kind: 'scaleSet' }> {
  const subscription = parameter(call, 'subscription');
  const group = parameter(call, 'group');
  const name = parameter(call, 'name');
  const id = computeId(subscription, group, 'virtualMachineScaleSets', name);
  requireSubscription(state, subscription);
  authorize(state.roles, call.caller, 'Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read', id);
  requireResourceGroup(state, subscription, group);
  const resource = state.compute.get(id);
  if (resource?.kind !== 'scaleSet')
    throw resourceNotFound('Microsoft.Compute/virtualMachineScaleSets', name, group);
  return resource;
}

function operationHeaders(state: ArmState, call: ArmCall, operation: Operation): Record<string, string> {
  return {
    'Azure-AsyncOperation': operationUrl(state, call, operation, false),
    Location: operationUrl(state, call, operation, true),
    'Azure-AsyncNotification': 'Enabled',
    ...retryAfterHeader(state, operation),
  };
}

function operationUrl(state: ArmState, call: ArmCall, operation: Operation, monitor: boolean): string {
  const { subscriptionId, location } = operation.resource;
  const version = encodeURIComponent(call.query.get('api-version') ?? '');
  const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Compute/locations/${location}/operations/${operation.id}`;
  return `${state.baseUrl}${path}?${monitor ? 'monitor=true&' : ''}api-version=${version}`;
}

/** Where an operation is over within a second, the caller's own interval does. */
function retryAfterHeader(state: ArmState, operation: Operation): Record<string, string> {
  const left = operation.due - state.clock.monotonic();
  return left < 1000 ? {} : { 'Retry-After': String(Math.min(10, Math.ceil(left / 1000))) };
}

function parseTags(tags: unknown): Record<string, string> {
  const valid =
    typeof tags === 'object' &&
    tags !== null &&
    Object.values(tags).every((value) => typeof value === 'string');
  if (!valid) throw new ArmFailure(400, 'InvalidTagFormat', "The format of 'tags' is invalid.");
  return tags as Record<string, string>;
}
