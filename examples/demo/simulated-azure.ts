import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AzureAdministrator } from './azure-administrator.js';
import type { Cast, RunningSimulator } from './programs.js';

/** Who acts in Azure. */
export interface AzurePeople {
  /** Somebody who owns the subscription, signed in: in the real Azure this would be you. */
  readonly owner: AzureAdministrator;
  /** The object ID of the service principal that MIC signs in as. */
  readonly micPrincipalId: string;
}

/** Makes the owner of the simulated subscription, and signs in as them. */
export async function azurePeople(cast: Cast, simulator: RunningSimulator): Promise<AzurePeople> {
  const { urls, subscriptionId, tenantId, ca } = simulator;
  const clientSecret = randomUUID();
  const { code, stdout, stderr } = await cast.children.run(
    {
      name: 'subscription-owner',
      file: join(import.meta.dirname, 'subscription-owner.mjs'),
      args: [urls.admin, subscriptionId, tenantId, clientSecret],
      prefix: cast.stage.onNode,
    },
    cast.patience,
  );
  if (code !== 0) throw new Error(stderr.trim());
  const made = JSON.parse(stdout) as { readonly clientId: string; readonly micPrincipalId: string };
  const owner = await AzureAdministrator.signIn({
    resourceManager: urls.arm,
    login: urls.entra,
    ca,
    tenantId,
    clientId: made.clientId,
    clientSecret,
  });
  return { owner, micPrincipalId: made.micPrincipalId };
}
