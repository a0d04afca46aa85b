import { randomUUID } from 'node:crypto';
import { httpsJson, type JsonRequest } from './https-json.js';

/** Azure's built-in roles that the demo grants, by their IDs. */
export const roles = {
  'Managed Identity Operator': 'f1a07417-d97a-45cb-824c-7a7467783830',
  Reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
} as const;

/** Where Azure is, and as whom to use it. */
export interface AzureAccess {
  readonly resourceManager: string;
  readonly login: string;
  readonly ca: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A user-assigned identity, created. */
export interface CreatedIdentity {
  readonly id: string;
  readonly clientId: string;
  readonly principalId: string;
}

/** What an administrator does with `az`, over the same API. */
export class AzureAdministrator {
  readonly #access: AzureAccess;
  readonly #token: string;

  private constructor(access: AzureAccess, token: string) {
    this.#access = access;
    this.#token = token;
  }

  /** Signs in: `az login --service-principal`. */
  static async signIn(access: AzureAccess): Promise<AzureAdministrator> {
    const { access_token: token } = await httpsJson({
      method: 'POST',
      url: `${access.login}/${access.tenantId}/oauth2/v2.0/token`,
      ca: access.ca,
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: access.clientId,
        client_secret: access.clientSecret,
        scope: 'https://management.azure.com/.default',
      }),
    });
    return new AzureAdministrator(access, String(token));
  }

  /** `az identity create`. */
  async createIdentity(resourceGroupId: string, name: string, location: string): Promise<CreatedIdentity> {
    const id = `${resourceGroupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
    const { properties } = await this.#call('PUT', id, '2023-01-31', { location });
    const { clientId, principalId } = properties as {
      readonly clientId: string;
      readonly principalId: string;
    };
    return { id, clientId, principalId };
  }

  /** `az role assignment create`. */
  async grant(role: keyof typeof roles, scope: string, principalId: string): Promise<void> {
    const subscription = scope.split('/').slice(0, 3).join('/');
    await this.#call(
      'PUT',
      `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`,
      '2022-04-01',
      {
        properties: {
          roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roles[role]}`,
          principalId,
          principalType: 'ServicePrincipal',
        },
      },
    );
  }

  /**
   * Resource IDs, in lower case, of the identities that a VM has: `az vm identity show`. `undefined` while an update of the
   * VM is under way.
   */
  async identitiesOf(virtualMachineId: string): Promise<string[] | undefined> {
    const { identity, properties } = await this.#call('GET', virtualMachineId, '2024-07-01');
    const { provisioningState } = properties as { readonly provisioningState: string };
    if (provisioningState !== 'Succeeded') return undefined;
    const attached = (identity as { userAssignedIdentities?: object } | undefined)?.userAssignedIdentities;
    return Object.keys(attached ?? {}).map((id) => id.toLowerCase());
  }

  #call(
    method: JsonRequest['method'],
    id: string,
    apiVersion: string,
    body?: object,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { resourceManager, ca } = this.#access;
    const url = `${resourceManager}${id}?api-version=${apiVersion}`;
    return httpsJson({ method, url, ca, token: this.#token, ...(body === undefined ? {} : { body }) });
  }
}
