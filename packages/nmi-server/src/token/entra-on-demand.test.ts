import { afterEach, describe, expect, it, vi } from 'vitest';
import { getRaw } from '../testing/raw-http.js';
import { eventually, SimulatedNode } from '../testing/simulated-nmi.js';

const loads = vi.hoisted(() => ({ count: 0 }));
vi.mock('@azure/identity', async (original) => {
  loads.count++;
  return original();
});

const token = '/metadata/identity/oauth2/token?resource=https://vault.azure.net';
const clientId = 'a0a0a0a0-0000-0000-0000-00000000000a';

describe('what asks Entra', () => {
  let node: SimulatedNode;
  afterEach(() => node[Symbol.asyncDispose]());

  it('is loaded with the first token of a service principal, which is one for each tenant, and not before', async () => {
    const tenants = ['11111111-0000-0000-0000-000000000001', '11111111-0000-0000-0000-000000000002'];
    node = await SimulatedNode.start({ identities: [{ name: 'app' }] }, ['app']);
    for (const tenant of tenants) node.simulator.azure.directory.addTenant(tenant, tenant);
    node.simulator.populate.application({
      name: 'sp',
      clientId,
      secrets: ['the-secret'],
      tenantIds: [node.simulator.tenantId, ...tenants],
    });
    node.bind('team-a', 'app');
    node.pod('team-a', 'web', 'app');
    node.assign('team-a', 'web', 'app', 'Assigned');
    const nmi = await node.nmi();
    const web = await node.address('team-a', 'web');
    await eventually(async () => (await getRaw(token, { port: nmi.port, from: web })).status === 200);
    expect(loads.count).toBe(0);

    node.servicePrincipal('team-a', 'sp', { clientId, secret: 'the-secret', auxiliaryTenantIDs: tenants });
    node.pod('team-a', 'principal', 'sp');
    const principal = await node.address('team-a', 'principal');
    const body = await eventually(async () => {
      const answer = await getRaw(token, { port: nmi.port, from: principal });
      return answer.status === 200 && answer.body;
    });
    const issuers = (JSON.parse(body) as { access_token: string }[]).map(({ access_token: value }) => {
      const claims = Buffer.from(value.split('.')[1] ?? '', 'base64url').toString();
      return (JSON.parse(claims) as { tid: string }).tid;
    });
    expect(issuers).toEqual([node.simulator.tenantId, ...tenants]);
    expect(loads.count).toBe(1);
  });
});
