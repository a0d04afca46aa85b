/**
 * The admin API's routes for what is in Azure.
 *
 * @module
 */
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { machinesOf, type ComputeResource } from '../azure/compute/compute-resource.js';
import { showIdentityBlock } from '../azure/compute/identity-block.js';
import type { RoleAssignment } from '../azure/role-assignments.js';
import { nodeName } from '../nodes/node-object.js';
import type { Simulator } from '../simulator.js';
import type { VirtualMachineSeed } from '../world-seed.js';
import { bad, defined, RequestBody } from './request-body.js';

/** Identities, machines, applications and roles. Deletions take the `id` (or `name`) as a query parameter. */
export function azureRoutes(simulator: Simulator): Hono {
  const { azure, populate, machines } = simulator;
  const app = new Hono();

  app.get('/identities', (c) => c.json({ value: azure.identities.list() }));
  app.post('/identities', async (c) => {
    const body = new RequestBody(await c.req.json());
    const identity = populate.identity({
      name: body.string('name'),
      ...defined({
        resourceGroup: body.optionalString('resourceGroup'),
        subscriptionId: body.optionalString('subscriptionId'),
        clientId: body.optionalString('clientId'),
        principalId: body.optionalString('principalId'),
        tags: body.optionalStringMap('tags'),
      }),
    });
    return c.json(identity, 201);
  });
  app.delete('/identities', (c) => {
    const id = needed(c.req.query('id'), 'id');
    if (!azure.identities.delete(id)) throw missing(id);
    azure.roles.removeWithin(id);
    return c.body(null, 204);
  });

  const show = (resource: ComputeResource): Record<string, unknown> => ({
    id: resource.id,
    name: resource.name,
    provisioningState: resource.provisioningState,
    identity: showIdentityBlock(resource.identity, azure.identities) ?? null,
    effectiveIdentity: showIdentityBlock(resource.effectiveIdentity, azure.identities) ?? null,
    machines: machinesOf(resource).map((machine) => ({
      id: machine.id,
      node: nodeName(machine),
      vmId: machine.vmId,
    })),
  });
  const list = (kind: ComputeResource['kind']): unknown[] =>
    azure.compute
      .list()
      .filter((one) => one.kind === kind)
      .map(show);

  app.get('/virtual-machines', (c) => c.json({ value: list('virtualMachine') }));
  app.post('/virtual-machines', async (c) => {
    const seed = computeSeed(new RequestBody(await c.req.json()));
    return c.json(show(await machines.addVirtualMachine(seed)), 201);
  });
  app.get('/scale-sets', (c) => c.json({ value: list('scaleSet') }));
  app.post('/scale-sets', async (c) => {
    const body = new RequestBody(await c.req.json());
    const seed = { ...computeSeed(body), ...defined({ instances: body.optionalNumber('instances') }) };
    return c.json(show(await machines.addScaleSet(seed)), 201);
  });
  app.post('/scale-sets/instances', async (c) => {
    const { id, vmId } = await machines.addInstance(needed(c.req.query('id'), 'id'));
    return c.json({ id, vmId }, 201);
  });
  app.on('DELETE', ['/virtual-machines', '/scale-sets'], async (c) => {
    const id = needed(c.req.query('id'), 'id');
    if (!(await machines.remove(id))) throw missing(id);
    return c.body(null, 204);
  });
  app.post('/failures', async (c) => {
    const body = new RequestBody(await c.req.json());
    azure.compute.failNextUpdate(body.string('id'), {
      code: body.string('code'),
      message: body.string('message'),
    });
    return c.body(null, 204);
  });

  app.get('/applications', (c) =>
    c.json({
      value: azure.directory.list().map(({ clientId, displayName, objectIds }) => ({
        name: displayName,
        clientId,
        objectIds: Object.fromEntries(objectIds),
      })),
    }),
  );
  app.post('/applications', async (c) => {
    const body = new RequestBody(await c.req.json());
    const application = populate.application({
      name: body.string('name'),
      ...defined({
        clientId: body.optionalString('clientId'),
        tenantIds: body.optionalStrings('tenantIds'),
        secrets: body.optionalStrings('secrets'),
        certificates: body.optionalStrings('certificates'),
      }),
    });
    const { clientId, displayName, objectIds } = application;
    return c.json({ name: displayName, clientId, objectIds: Object.fromEntries(objectIds) }, 201);
  });

  const showRole = ({ name, scope, principalId, role }: RoleAssignment): Record<string, unknown> => ({
    name,
    scope,
    principalId,
    role: role.name,
  });
  app.get('/role-assignments', (c) => c.json({ value: azure.roles.list().map(showRole) }));
  app.post('/role-assignments', async (c) => {
    const body = new RequestBody(await c.req.json());
    const assignment = populate.roleAssignment({
      principal: body.string('principal'),
      role: body.string('role'),
      ...defined({ scope: body.optionalString('scope') }),
    });
    return c.json(showRole(assignment), 201);
  });
  app.delete('/role-assignments', (c) => {
    const name = needed(c.req.query('name'), 'name');
    if (!azure.roles.remove(name)) throw missing(name);
    return c.body(null, 204);
  });
  return app;
}

function computeSeed(body: RequestBody): VirtualMachineSeed {
  return {
    name: body.string('name'),
    ...defined({
      resourceGroup: body.optionalString('resourceGroup'),
      subscriptionId: body.optionalString('subscriptionId'),
      vmSize: body.optionalString('vmSize'),
      tags: body.optionalStringMap('tags'),
      systemAssigned: body.optionalBoolean('systemAssigned'),
      userAssigned: body.optionalStrings('userAssigned'),
      node: body.optionalBoolean('node'),
    }),
  };
}

function needed(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw bad(`the query parameter ${name} is missing`);
  return value;
}

function missing(what: string): HTTPException {
  return new HTTPException(404, { message: `there is no ${what}` });
}
