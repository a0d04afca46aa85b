import { randomUUID } from 'node:crypto';
import { AzureAdministrator } from './azure-administrator.js';

/** What the simulator says when it is ready, and the certificate authority that it signs with. */
export interface SimulatorReady {
  readonly urls: {
    readonly arm: string;
    readonly entra: string;
    readonly admin: string;
    /** By node. */
    readonly imds: Readonly<Record<string, string>>;
  };
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

/** Somebody who owns the subscription, signed in: in the real Azure this would be you. */
export async function subscriptionOwner(ready: SimulatorReady, ca: string): Promise<AzureAdministrator> {
  const clientSecret = randomUUID();
  const { clientId } = await ask(ready, 'POST', '/azure/applications', {
    name: 'subscription-owner',
    secrets: [clientSecret],
  });
  const scope = `/subscriptions/${ready.subscriptionId}`;
  await ask(ready, 'POST', '/azure/role-assignments', {
    principal: 'subscription-owner',
    role: 'Owner',
    scope,
  });
  return AzureAdministrator.signIn({
    resourceManager: ready.urls.arm,
    login: ready.urls.entra,
    ca,
    tenantId: ready.tenantId,
    clientId: String(clientId),
    clientSecret,
  });
}

/** The object ID of the service principal that MIC signs in as. */
export async function micPrincipal(ready: SimulatorReady): Promise<string> {
  const { value } = await ask(ready, 'GET', '/azure/applications');
  const applications = value as readonly {
    readonly name: string;
    readonly objectIds: Readonly<Record<string, string>>;
  }[];
  const objectId = applications.find(({ name }) => name === 'mic')?.objectIds[ready.tenantId];
  if (objectId === undefined) throw new Error('the simulator has no application "mic"');
  return objectId;
}

async function ask(
  { urls }: SimulatorReady,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${urls.admin}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  if (!response.ok) throw new Error(`${method} ${path} of the simulator: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
