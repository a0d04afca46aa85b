import { ManagedServiceIdentityClient } from '@azure/arm-msi';
import { startSimulator, type Simulator } from '@aad-pod-identity/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listVirtualMachines, type ListVirtualMachinesRequest } from './compute.js';
import { PodIdentityCredential } from './credential.js';
import { getInstanceMetadata } from './instance-metadata.js';
import { getToken } from './token.js';

const pageSize = 2;
const machines = ['vm-1', 'vm-2', 'vm-3', 'vm-4', 'vm-5'];
const resource = 'https://management.azure.com/';
const scope = `${resource}/.default`;

let simulator: Simulator;
let endpoint: string;

beforeAll(async () => {
  simulator = await startSimulator({
    pageSize,
    world: {
      identities: [{ name: 'reader' }, { name: 'nobody' }, { name: 'elsewhere' }],
      virtualMachines: machines.map((name) => ({ name, userAssigned: ['reader', 'nobody'] })),
      roleAssignments: [{ principal: 'reader', role: 'Reader' }],
    },
  });
  endpoint = simulator.urls.imds['vm-1'] ?? '';
});
afterAll(() => simulator[Symbol.asyncDispose]());

const clientId = (name: string): string =>
  simulator.azure.identities.list().find((identity) => identity.name === name)!.clientId;
const credential = (name: string): PodIdentityCredential =>
  new PodIdentityCredential({ clientId: clientId(name), endpoint, retries: 0 });
const request = (name: string): ListVirtualMachinesRequest => ({
  credential: credential(name),
  subscriptionId: simulator.subscriptionId,
  resourceGroup: simulator.resourceGroup,
  endpoint: simulator.urls.arm,
  clientOptions: { tlsOptions: { ca: simulator.caCertificate }, retryOptions: { maxRetries: 0 } },
});

describe('the credential and the lists, with the Azure SDKs', () => {
  it('lists VMs, however many pages they take, with one token', async () => {
    simulator.requests.clear();
    const listed = await listVirtualMachines(request('reader'));
    expect(listed.map(({ name }) => name)).toEqual(machines);
    expect(listed[0]).toMatchObject({
      location: simulator.location,
      id: expect.stringContaining('/virtualMachines/vm-1'),
    });
    expect(simulator.requests.list('imds')).toHaveLength(1);
    expect(simulator.requests.list('arm')).toHaveLength(3);
  });

  it('says that the identity lacks the role', async () => {
    const refused = await listVirtualMachines(request('nobody')).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'resource_manager', status: 403, error: 'AuthorizationFailed' });
    expect(JSON.stringify(refused)).not.toMatch(/eyJ|Bearer/);
  });

  it('says that there is no such identity on the VM, by the error of the endpoint', async () => {
    await expect(listVirtualMachines(request('elsewhere'))).rejects.toMatchObject({
      name: 'PodIdentityClientError',
      code: 'bad_request',
      status: 400,
      error: 'invalid_request',
    });
  });

  it('stops when told to', async () => {
    const signal = AbortSignal.abort();
    await expect(listVirtualMachines({ ...request('reader'), signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it('is a credential for @azure/arm-msi too', async () => {
    const client = new ManagedServiceIdentityClient(credential('reader'), simulator.subscriptionId, {
      endpoint: simulator.urls.arm,
      credentialScopes: scope,
      tlsOptions: { ca: simulator.caCertificate },
    });
    const identity = await client.userAssignedIdentities.get(simulator.resourceGroup, 'reader');
    expect(identity.clientId).toBe(clientId('reader'));
  });

  it('names an identity by its resource ID', async () => {
    const resourceId = simulator.azure.identities.list().find(({ name }) => name === 'reader')!.id;
    const token = await getToken({ resource, resourceId, endpoint });
    expect(token).toMatchObject({ clientId: clientId('reader'), resource });
    expect(token.expiresOnTimestamp).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  });

  it('tells on which VM it runs', async () => {
    expect(await getInstanceMetadata({ endpoint })).toMatchObject({
      name: 'vm-1',
      subscriptionId: simulator.subscriptionId,
      resourceGroup: simulator.resourceGroup,
      location: simulator.location,
    });
  });
});
