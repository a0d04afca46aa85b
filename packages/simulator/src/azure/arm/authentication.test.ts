import { SignJWT, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdjustableClock } from '../../adjustable-clock.js';
import { defaultServicePrincipal, defaultWorld } from '../../default-world.js';
import type { Simulator } from '../../simulator.js';
import { startSimulator } from '../../start-simulator.js';
import { send } from '../../testing/send.js';

let simulator: Simulator;
const clock = new AdjustableClock();
beforeAll(async () => {
  simulator = await startSimulator({ world: defaultWorld, clock });
});
afterAll(async () => {
  await simulator[Symbol.asyncDispose]();
  clock.stop();
});

async function tokenFor(resource: string): Promise<string> {
  const { clientId, secret } = defaultServicePrincipal;
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secret,
    scope: `${resource}/.default`,
  };
  const answer = await send(`${simulator.urls.entra}/${simulator.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    ca: simulator.caCertificate,
    body: new URLSearchParams(form).toString(),
  });
  return answer.json.access_token;
}

async function get(authorization?: string) {
  const { subscriptionId, resourceGroup } = simulator;
  const path = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/virtualMachines`;
  return send(`${simulator.urls.arm}${path}?api-version=2024-07-01`, {
    ca: simulator.caCertificate,
    headers: authorization === undefined ? {} : { authorization },
  });
}

describe('the bearer token', () => {
  it.each([
    'https://management.azure.com',
    'https://management.azure.com/',
    'https://management.core.windows.net/',
  ])('is taken with the audience %s', async (audience) => {
    expect((await get(`Bearer ${await tokenFor(audience)}`)).status).toBe(200);
  });

  it('must be there, and be one', async () => {
    const missing = await get();
    expect(missing).toMatchObject({
      status: 401,
      json: {
        error: {
          code: 'AuthenticationFailed',
          message: "Authentication failed. The 'Authorization' header is missing.",
        },
      },
    });
    expect(missing.headers['www-authenticate']).toMatch(
      new RegExp(
        `^Bearer authorization_uri="${simulator.urls.entra}/${simulator.tenantId}", error="invalid_token"`,
      ),
    );
    expect((await get('Basic eDp5')).json.error.code).toBe('AuthenticationFailedInvalidHeader');
    expect((await get('Bearer nonsense')).json.error.code).toBe('InvalidAuthenticationToken');
  });

  it('must be signed by Entra', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const claims = {
      aud: 'https://management.azure.com',
      iss: `https://sts.windows.net/${simulator.tenantId}/`,
      oid: 'o',
      appid: 'a',
      exp: 9e9,
    };
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey);
    expect((await get(`Bearer ${forged}`)).json.error.code).toBe('InvalidAuthenticationToken');
  });

  it('must be for ARM', async () => {
    const answer = await get(`Bearer ${await tokenFor('https://vault.azure.net')}`);
    expect(answer).toMatchObject({
      status: 401,
      json: { error: { code: 'InvalidAuthenticationTokenAudience' } },
    });
    expect(answer.json.error.message).toContain("'https://vault.azure.net'");
  });

  it('must not be over', async () => {
    const token = await tokenFor('https://management.azure.com');
    clock.advance(3_700_000);
    expect(await get(`Bearer ${token}`)).toMatchObject({
      status: 401,
      json: {
        error: {
          code: 'ExpiredAuthenticationToken',
          message: expect.stringContaining('is earlier than current UTC time'),
        },
      },
    });
  });
});
