import { readFile, stat } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ComputeManagementClient } from '@azure/arm-compute';
import { ManagedServiceIdentityClient } from '@azure/arm-msi';
import { ClientSecretCredential } from '@azure/identity';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultServicePrincipal, defaultWorld } from './default-world.js';
import type { Simulator } from './simulator.js';
import { startSimulator } from './start-simulator.js';
import { send } from './testing/send.js';
import type { Loose } from './testing/loose.js';

const fast = { virtualMachineUpdate: 30, scaleSetUpdate: 60 };

function micCredential(simulator: Simulator): ClientSecretCredential {
  const { clientId, secret } = defaultServicePrincipal;
  return new ClientSecretCredential(simulator.tenantId, clientId, secret, {
    authorityHost: simulator.urls.entra,
    disableInstanceDiscovery: true,
    tlsOptions: { ca: simulator.caCertificate },
  });
}

function computeClient(simulator: Simulator): ComputeManagementClient {
  return new ComputeManagementClient(micCredential(simulator), simulator.subscriptionId, {
    endpoint: simulator.urls.arm,
    tlsOptions: { ca: simulator.caCertificate },
    retryOptions: { maxRetries: 0 },
  });
}

describe('startSimulator', () => {
  it('serves the real SDKs: list, attach, detach', async () => {
    await using simulator = await startSimulator({ world: defaultWorld, latencies: fast });
    const { resourceGroup } = simulator;
    const client = computeClient(simulator);
    const names: (string | undefined)[] = [];
    for await (const vm of client.virtualMachines.list(resourceGroup)) names.push(vm.name);
    expect(names).toEqual(['vm-0', 'vm-1']);

    const identity = simulator.populate.identity({ name: 'app' });
    simulator.populate.roleAssignment({ principal: 'mic', role: 'Managed Identity Operator', scope: 'app' });
    const attach = {
      identity: { type: 'UserAssigned' as const, userAssignedIdentities: { [identity.id]: {} } },
    };
    await client.virtualMachines.update(resourceGroup, 'vm-0', attach, { updateIntervalInMs: 10 });
    const vm = await client.virtualMachines.get(resourceGroup, 'vm-0');
    expect(vm.identity?.userAssignedIdentities?.[identity.id]).toMatchObject({ clientId: identity.clientId });
    await client.virtualMachineScaleSets.update(resourceGroup, 'pool', attach, { updateIntervalInMs: 10 });
    const set = await client.virtualMachineScaleSets.get(resourceGroup, 'pool');
    expect(Object.keys(set.identity?.userAssignedIdentities ?? {})).toEqual([identity.id]);
    await client.virtualMachineScaleSets.update(
      resourceGroup,
      'pool',
      { identity: { type: 'None' } },
      { updateIntervalInMs: 10 },
    );
    expect((await client.virtualMachineScaleSets.get(resourceGroup, 'pool')).identity).toBeUndefined();
    expect(
      simulator.requests
        .list('arm')
        .some(({ method, body }) => method === 'PATCH' && body?.includes(identity.id)),
    ).toBe(true);
    expect(JSON.stringify(simulator.requests.list())).not.toContain(defaultServicePrincipal.secret);
  });

  it('serves identities to arm-msi', async () => {
    await using simulator = await startSimulator({ world: defaultWorld });
    const identity = simulator.populate.identity({ name: 'app' });
    simulator.populate.roleAssignment({ principal: 'mic', role: 'Managed Identity Operator' });
    const client = new ManagedServiceIdentityClient(micCredential(simulator), simulator.subscriptionId, {
      endpoint: simulator.urls.arm,
      credentialScopes: 'https://management.azure.com/.default',
      tlsOptions: { ca: simulator.caCertificate },
    });
    const read = await client.userAssignedIdentities.get(simulator.resourceGroup, 'app');
    expect(read).toMatchObject({
      id: identity.id,
      clientId: identity.clientId,
      principalId: identity.principalId,
    });
  });

  it('makes nodes of the machines and runs pods on them', async () => {
    await using simulator = await startSimulator({ world: defaultWorld });
    const { objects } = simulator.kubernetes;
    const nodes = objects
      .list<Loose>('nodes')
      .items.map((node) => [node.metadata.name, node.spec.providerID]);
    const group = `azure:///subscriptions/${simulator.subscriptionId}/resourceGroups/simulator/providers/Microsoft.Compute`;
    expect(nodes).toEqual([
      ['pool000000', `${group}/virtualMachineScaleSets/pool/virtualMachines/0`],
      ['pool000001', `${group}/virtualMachineScaleSets/pool/virtualMachines/1`],
      ['pool000002', `${group}/virtualMachineScaleSets/pool/virtualMachines/2`],
      ['vm-0', `${group}/virtualMachines/vm-0`],
      ['vm-1', `${group}/virtualMachines/vm-1`],
    ]);
    expect(Object.keys(simulator.urls.imds).sort()).toEqual(nodes.map(([name]) => name));
  });

  it('gives the same IDs for the same seed', async () => {
    const ids = async () => {
      await using simulator = await startSimulator({
        seed: 5,
        world: { ...defaultWorld, identities: [{ name: 'a' }] },
      });
      const { azure, tenantId } = simulator;
      return JSON.stringify([
        tenantId,
        azure.identities.list(),
        azure.compute.list().map((one) => ('vmId' in one ? one.vmId : one.uniqueId)),
      ]);
    };
    expect(await ids()).toBe(await ids());
  });

  it('writes a kubeconfig that only the owner can read and that works', async () => {
    await using simulator = await startSimulator();
    const file = join(tmpdir(), `simulator-test-${process.pid}`, 'kubeconfig');
    await simulator.writeKubeconfig(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const config = parse(await readFile(file, 'utf8'));
    const ca = Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64');
    const url = `${config.clusters[0].cluster.server}/api/v1/nodes`;
    const answer = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        request(url, { ca, headers }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    expect(await answer({ authorization: `Bearer ${config.users[0].user.token}` })).toBe(200);
    expect(await answer({ authorization: 'Bearer nobody' })).toBe(401);
  });

  it('leaves nothing open when the seed makes no sense', async () => {
    const world = { virtualMachines: [{ name: 'vm', userAssigned: ['ghost'] }] };
    await expect(startSimulator({ world })).rejects.toThrow(/vm is to have the identity ghost/);
  });

  it('adds and removes machines while it runs, and refuses two of one name', async () => {
    await using simulator = await startSimulator({
      world: { virtualMachines: [{ name: 'vm' }], scaleSets: [{ name: 'set', instances: 1 }] },
    });
    const { machines, nodes, azure } = simulator;
    await expect(machines.addVirtualMachine({ name: 'vm' })).rejects.toThrow(/exists already/);
    await expect(machines.addVirtualMachine({ name: 'vm', resourceGroup: 'other' })).rejects.toThrow(
      /node name vm/,
    );
    expect(azure.compute.list()).toHaveLength(2);
    expect(nodes.names()).toEqual(['vm', 'set000000']);
    const set = azure.compute.list().find(({ name }) => name === 'set')!;
    const added = await machines.addInstance(set.id);
    expect(Object.keys(simulator.urls.imds)).toEqual(['vm', 'set000000', 'set000001']);
    expect(await machines.remove(added.id)).toBe(true);
    expect(await machines.remove(added.id)).toBe(false);
    expect(nodes.names()).toEqual(['vm', 'set000000']);
    expect(await machines.remove(set.id)).toBe(true);
    expect(simulator.kubernetes.objects.list('nodes').items.map(({ metadata }) => metadata.name)).toEqual([
      'vm',
    ]);
  });

  it('names another host than it listens on, where told to, with a certificate for it', async () => {
    await using simulator = await startSimulator({
      addresses: { host: '127.0.0.2', publicHost: 'localhost' },
    });
    const { hostname } = new URL(simulator.urls.arm);
    expect(hostname).toBe('localhost');
    const url = simulator.urls.arm.replace('localhost', '127.0.0.2');
    expect((await send(url, { ca: simulator.caCertificate })).status).toBe(401);
    expect(new URL(simulator.urls.admin).hostname).toBe('127.0.0.1');
  });

  it('makes the services fail on request', async () => {
    await using simulator = await startSimulator({ world: defaultWorld });
    simulator.faults.add({
      target: 'arm',
      method: 'GET',
      action: { kind: 'status', status: 429, retryAfterSeconds: 3 },
    });
    simulator.faults.add({ target: 'kubernetes', action: { kind: 'status', status: 503 }, times: 1 });
    const client = computeClient(simulator);
    await expect(client.virtualMachines.get(simulator.resourceGroup, 'vm-0')).rejects.toMatchObject({
      statusCode: 429,
      code: 'TooManyRequests',
    });
    const ca = simulator.caCertificate;
    expect((await send(`${simulator.urls.kubernetes}/version`, { ca })).status).toBe(503);
    expect((await send(`${simulator.urls.kubernetes}/version`, { ca })).status).not.toBe(503);
  });
});
