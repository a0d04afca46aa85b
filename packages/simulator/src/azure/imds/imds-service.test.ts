import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdjustableClock } from '../../adjustable-clock.js';
import type { Simulator } from '../../simulator.js';
import type { Limits } from '../../simulator-options.js';
import { startSimulator } from '../../start-simulator.js';
import { send, sendRaw, type Received } from '../../testing/send.js';

const resource = 'https://vault.azure.net';
const tokenPath = '/metadata/identity/oauth2/token';
const query = `api-version=2018-02-01&resource=${encodeURIComponent(resource)}`;

let simulator: Simulator;
let clock: AdjustableClock;

async function start(limits: Limits = { imds: 'off' }, latencies = {}): Promise<void> {
  clock = new AdjustableClock();
  simulator = await startSimulator({
    clock,
    limits,
    latencies,
    world: {
      identities: [{ name: 'one' }, { name: 'two' }, { name: 'elsewhere' }],
      virtualMachines: [
        { name: 'none' },
        { name: 'single', userAssigned: ['one'], tags: { Department: 'IT', Test: 'yes' } },
        { name: 'several', userAssigned: ['one', 'two'] },
        { name: 'system', systemAssigned: true, userAssigned: ['one'] },
      ],
      scaleSets: [{ name: 'set', instances: 2, userAssigned: ['two'] }],
    },
  });
}

async function stop(): Promise<void> {
  await simulator[Symbol.asyncDispose]();
  clock.stop();
}

async function restart(limits: Limits, latencies = {}): Promise<void> {
  await stop();
  await start(limits, latencies);
}

beforeAll(async () => start());
afterAll(stop);

const url = (node: string): string => simulator.urls.imds[node]!;

async function get(
  node: string,
  path: string,
  headers: Record<string, string> = { Metadata: 'true' },
): Promise<Received> {
  return send(`${url(node)}${path}`, { headers });
}

const token = async (node: string, more = '') => get(node, `${tokenPath}?${query}${more}`);
const identity = (name: string) => simulator.azure.identities.list().find((one) => one.name === name)!;

describe('a token', () => {
  it('has the fields of the published answer, all strings', async () => {
    const { status, json } = await token('single');
    expect(status).toBe(200);
    expect(Object.keys(json).sort()).toEqual([
      'access_token',
      'client_id',
      'expires_in',
      'expires_on',
      'ext_expires_in',
      'not_before',
      'resource',
      'token_type',
    ]);
    for (const value of Object.values(json)) expect(typeof value).toBe('string');
    expect(json).toMatchObject({ client_id: identity('one').clientId, resource, token_type: 'Bearer' });
    const now = Math.floor(clock.now() / 1000);
    expect(Number(json.expires_in)).toBeGreaterThan(86_390);
    expect(Number(json.expires_on)).toBe(decodeJwt(json.access_token).exp);
    expect(Number(json.not_before)).toBeLessThanOrEqual(now);
  });

  it('has the claims of a managed identity', async () => {
    const { json } = await token('single');
    const one = identity('one');
    expect(decodeJwt(json.access_token)).toMatchObject({
      aud: resource,
      iss: `https://sts.windows.net/${simulator.tenantId}/`,
      appid: one.clientId,
      appidacr: '2',
      oid: one.principalId,
      idtyp: 'app',
      xms_mirid: one.id,
    });
  });

  it('stays the same for an hour while its life gets shorter', async () => {
    const first = (await token('single')).json;
    clock.advance(3_000_000);
    const second = (await token('single')).json;
    expect(second.access_token).toBe(first.access_token);
    expect(Number(first.expires_in) - Number(second.expires_in)).toBeGreaterThanOrEqual(2_999);
    clock.advance(700_000);
    expect((await token('single')).json.access_token).not.toBe(first.access_token);
  });

  it('is another after half of a life that is short, so that none is given that is over', async () => {
    await using short = await startSimulator({
      clock,
      world: {
        identities: [{ name: 'one' }],
        virtualMachines: [{ name: 'single', userAssigned: ['one'] }],
      },
      tokenLifetimes: { managedIdentity: 600 },
    });
    const ask = async () =>
      (await send(`${short.urls.imds['single']}${tokenPath}?${query}`, { headers: { Metadata: 'true' } }))
        .json;
    const first = await ask();
    clock.advance(299_000);
    expect((await ask()).access_token).toBe(first.access_token);
    clock.advance(2_000);
    expect((await ask()).access_token).not.toBe(first.access_token);
  });
});

describe('which identity', () => {
  it('is the one that is named, by any name and in any casing', async () => {
    const two = identity('two');
    for (const selector of [
      `client_id=${two.clientId.toUpperCase()}`,
      `object_id=${two.principalId}`,
      `mi_res_id=${encodeURIComponent(two.id.toUpperCase())}`,
      `msi_res_id=${encodeURIComponent(two.id)}`,
    ]) {
      expect((await token('several', `&${selector}`)).json.client_id).toBe(two.clientId);
    }
  });

  it('must be attached to the machine, or its scale set', async () => {
    const notFound = {
      status: 400,
      json: { error: 'invalid_request', error_description: 'Identity not found' },
    };
    expect(await token('single', `&client_id=${identity('elsewhere').clientId}`)).toMatchObject(notFound);
    expect(await token('single', `&client_id=${identity('two').clientId}`)).toMatchObject(notFound);
    expect(await token('none')).toMatchObject(notFound);
    expect((await token('set000001')).json.client_id).toBe(identity('two').clientId);
    expect((await token('set000001', `&client_id=${identity('one').clientId}`)).status).toBe(400);
  });

  it('is asked for where there are several', async () => {
    expect(await token('several')).toMatchObject({
      status: 400,
      json: {
        error: 'invalid_request',
        error_description:
          'Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request',
      },
    });
  });

  it('is the system-assigned one where the machine has it and none is named', async () => {
    const { json } = await token('system');
    const machine = simulator.azure.compute.list().find(({ name }) => name === 'system')!;
    expect(json.client_id).toBe(machine.identity.systemAssigned!.clientId);
    expect(decodeJwt(json.access_token)['xms_mirid']).toBe(machine.id);
  });
});

describe('strictness', () => {
  it('asks for the Metadata header, exactly one, in any casing', async () => {
    const refused = {
      status: 400,
      json: { error: 'bad_request_102', error_description: 'Required metadata header not specified' },
    };
    expect(await get('single', `${tokenPath}?${query}`, {})).toMatchObject(refused);
    expect(await get('single', `${tokenPath}?${query}`, { Metadata: 'false' })).toMatchObject(refused);
    expect((await get('single', `${tokenPath}?${query}`, { metadata: 'TRUE' })).status).toBe(200);
    const twice = await sendRaw(
      url('single'),
      `GET ${tokenPath}?${query} HTTP/1.1\r\nHost: x\r\nMetadata: true\r\nMetadata: true\r\nConnection: close\r\n\r\n`,
    );
    expect(twice).toMatch(/^HTTP\/1.1 400 /);
    expect(await get('single', '/metadata/instance?api-version=2021-02-01', {})).toMatchObject({
      status: 400,
      json: { error: 'Bad request. Required metadata header not specified' },
    });
  });

  it('refuses what came through a proxy', async () => {
    const headers = { Metadata: 'true', 'X-Forwarded-For': '10.0.0.1' };
    expect((await get('single', `${tokenPath}?${query}`, headers)).status).toBe(400);
    expect((await get('single', '/metadata/instance?api-version=2021-02-01', headers)).status).toBe(400);
  });

  it('refuses a parameter that came twice, in whatever casing', async () => {
    expect((await token('single', '&resource=x')).status).toBe(400);
    expect((await token('single', '&RESOURCE=x')).status).toBe(400);
  });

  it('asks for resource and api-version', async () => {
    expect((await get('single', `${tokenPath}?api-version=2018-02-01`)).json.error_description).toContain(
      "'resource'",
    );
    expect((await get('single', `${tokenPath}?resource=x`)).json.error_description).toContain(
      "'api-version'",
    );
    expect((await get('single', `${tokenPath}?resource=x&api-version=2000-01-01`)).status).toBe(400);
    const { status, json } = await get('single', '/metadata/instance');
    expect([status, json.error]).toEqual([
      400,
      'Bad request. api-version was not specified in the request. For more information refer to aka.ms/azureimds',
    ]);
    expect(json['newest-versions']).toHaveLength(3);
  });

  it('answers 405 to anything but GET', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'HEAD']) {
      const { status } = await send(`${url('single')}${tokenPath}?${query}`, {
        method,
        headers: { Metadata: 'true' },
      });
      expect(status).toBe(405);
    }
  });

  it.each([
    '/METADATA/Identity/OAuth2/Token',
    '//metadata//identity/oauth2/token/',
    '/metadata/identity%2foauth2%2ftoken',
    '/metadata/identity%252foauth2%252ftoken',
    '/metadata/identity\\oauth2\\token',
    '/metadata/x/../identity/./oauth2/token',
    '/metadata/instance/..%2fidentity/oauth2/token',
    'http://169.254.169.254/metadata/identity/oauth2/token',
  ])('understands the token path spelled %s, so that a leak shows', async (path) => {
    const raw = await sendRaw(
      url('single'),
      `GET ${path}?${query} HTTP/1.1\r\nHost: x\r\nMetadata: true\r\nConnection: close\r\n\r\n`,
    );
    expect(raw).toMatch(/^HTTP\/1.1 200 /);
    const seen = simulator.requests.list('imds', 'single').at(-1);
    expect(seen).toMatchObject({ method: 'GET', target: `${path}?${query}`, status: 200 });
  });
});

describe('limits', () => {
  it('allows 20 identity requests a second', async () => {
    await restart({});
    const statuses: number[] = [];
    const began = performance.now();
    for (let count = 0; count < 45; count++) statuses.push((await token('single')).status);
    const allowed = 20 + 20 * Math.ceil((performance.now() - began) / 1000);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(20);
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(allowed);
    clock.advance(1_000);
    expect((await token('single')).status).toBe(200);
    expect((await get('single', '/metadata/instance?api-version=2021-02-01')).status).toBe(200);
  });

  it('allows 5 at once', async () => {
    await restart({}, { imds: 300 });
    const statuses = (await Promise.all(Array.from({ length: 8 }, async () => token('single')))).map(
      ({ status }) => status,
    );
    simulator.latencies.imds = 0;
    expect(statuses.filter((status) => status === 429)).toHaveLength(3);
    expect((await token('single')).status).toBe(200);
  });
});

describe('other metadata', () => {
  const version = 'api-version=2021-02-01';

  it('tells the published fields of the instance', async () => {
    const { json } = await get('single', `/metadata/instance?${version}`);
    expect(json.compute).toMatchObject({
      azEnvironment: 'AZUREPUBLICCLOUD',
      location: 'westeurope',
      name: 'single',
      osProfile: { computerName: 'single', disablePasswordAuthentication: 'true' },
      osType: 'Linux',
      plan: { name: '', product: '', publisher: '' },
      provider: 'Microsoft.Compute',
      publicKeys: [],
      resourceGroupName: 'simulator',
      resourceId: `/subscriptions/${simulator.subscriptionId}/resourceGroups/simulator/providers/Microsoft.Compute/virtualMachines/single`,
      storageProfile: { dataDisks: [], imageReference: { id: '' }, osDisk: { osType: 'Linux' } },
      subscriptionId: simulator.subscriptionId,
      tags: 'Department:IT;Test:yes',
      tagsList: [
        { name: 'Department', value: 'IT' },
        { name: 'Test', value: 'yes' },
      ],
      vmScaleSetName: '',
    });
    expect(json.network.interface[0].ipv4.ipAddress[0].privateIpAddress).toMatch(/^10\.240\./);
    const instance = (await get('set000001', `/metadata/instance/compute?${version}`)).json;
    expect(instance).toMatchObject({ name: 'set_1', vmScaleSetName: 'set' });
  });

  it('gives parts of it, as JSON and as text', async () => {
    const text = async (path: string) => (await get('single', `/metadata/instance/${path}&${version}`)).text;
    expect(await text('compute/vmId?format=text')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await text('compute/Tags?format=text')).toBe('Department:IT;Test:yes');
    expect(await text('?format=text')).toBe('compute/\nnetwork/');
    expect(await text('network/interface/0/ipv4/ipAddress/0/publicIpAddress?format=text')).toBe('');
    expect((await get('single', `/metadata/instance/compute/vmId?${version}`)).status).toBe(400);
    expect((await get('single', `/metadata/instance/compute/nothing?${version}`)).status).toBe(404);
  });

  it('has versions, scheduled events, load balancer, attested data and the tenant', async () => {
    expect((await get('single', '/metadata/versions')).json.apiVersions).toContain('2018-02-01');
    expect((await get('single', '/metadata/scheduledevents?api-version=2020-07-01')).json).toEqual({
      DocumentIncarnation: 1,
      Events: [],
    });
    const posted = await send(`${url('single')}/metadata/scheduledevents?api-version=2020-07-01`, {
      method: 'POST',
      headers: { Metadata: 'true' },
      body: '{"StartRequests":[{"EventId":"x"}]}',
    });
    expect(posted.status).toBe(200);
    expect((await get('single', `/metadata/loadbalancer?${version}`)).json.loadbalancer).toMatchObject({
      inboundRules: [],
    });
    const attested = (await get('single', `/metadata/attested/document?${version}&nonce=1234567890`)).json;
    expect(attested.encoding).toBe('pkcs7');
    expect(JSON.parse(Buffer.from(attested.signature, 'base64').toString()).nonce).toBe('1234567890');
    expect((await get('single', `/metadata/identity/info?api-version=2018-02-01`)).json).toEqual({
      tenantId: simulator.tenantId,
    });
    expect((await get('single', `/metadata/nothing?${version}`)).status).toBe(404);
    expect((await get('single', `/other?${version}`)).status).toBe(404);
  });
});

it('is none that was deleted, even if it was made again under its name', async () => {
  const one = identity('one');
  simulator.azure.identities.delete(one.id);
  expect((await token('single')).status).toBe(400);
  const again = simulator.populate.identity({ name: 'one' });
  expect((await token('single', `&client_id=${again.clientId}`)).status).toBe(400);
});

it('changes with the machine: attached when the operation is over, gone with the machine', async () => {
  const { azure } = simulator;
  simulator.latencies.virtualMachineUpdate = 10_000;
  const machine = azure.compute.list().find(({ name }) => name === 'none')!;
  azure.compute.beginUpdate(machine, {
    identity: { systemAssigned: false, userAssigned: true, attach: [identity('one').id], detach: [] },
  });
  expect((await token('none')).status).toBe(400);
  clock.advance(10_000);
  expect((await token('none')).status).toBe(200);
  await simulator.machines.remove(machine.id);
  expect(simulator.urls.imds['none']).toBeUndefined();
});
