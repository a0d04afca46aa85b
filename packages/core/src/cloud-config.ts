/**
 * The cloud configuration of MIC: `azure.json` as Kubernetes writes it on a node, or the environment
 * (docs/spec.md section 5).
 *
 * @module
 */
import { findCloudEnvironment, type CloudEnvironment } from './cloud-environment.js';

/** How MIC itself signs in to Azure. */
export type CloudCredential =
  | {
      readonly kind: 'service-principal';
      readonly tenantId: string;
      readonly clientId: string;
      /** A secret: never to be logged. */
      readonly clientSecret: string;
    }
  | { readonly kind: 'system-assigned' }
  /** `identity` is a client ID or a resource ID. */
  | { readonly kind: 'user-assigned'; readonly identity: string };

/** A checked cloud configuration. */
export interface CloudConfig {
  readonly environment: CloudEnvironment;
  readonly credential: CloudCredential;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly vmType: string;
  readonly useManagedIdentityExtension: boolean;
  /** The cluster's own identity (a client ID or resource ID, or empty): MIC never detaches it. */
  readonly userAssignedIdentityID: string;
}

/** The configuration, or one sentence that says what is wrong. Never quotes a value that may be a secret. */
export type CloudConfigResult =
  { readonly ok: true; readonly config: CloudConfig } | { readonly ok: false; readonly problem: string };

/** What a cloud configuration is read from. */
export interface CloudConfigSource {
  /** The decoded contents of the file in `--cloudconfig`. Absent: no such flag, the environment is read instead. */
  readonly file?: unknown;
  /** The environment variables of the process. Not looked at where `file` stands. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The decoded contents of the file in `AZURE_ENVIRONMENT_FILEPATH`, for `AzureStackCloud`. */
  readonly environmentFile?: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const stringFields = [
  'cloud',
  'tenantId',
  'aadClientId',
  'aadClientSecret',
  'subscriptionId',
  'resourceGroup',
  'vmType',
  'userAssignedIdentityID',
] as const;

type Texts = Record<(typeof stringFields)[number], string>;

const variables: Readonly<Record<keyof Texts, string>> = {
  cloud: 'CLOUD',
  tenantId: 'TENANT_ID',
  aadClientId: 'CLIENT_ID',
  aadClientSecret: 'CLIENT_SECRET',
  subscriptionId: 'SUBSCRIPTION_ID',
  resourceGroup: 'RESOURCE_GROUP',
  vmType: 'VM_TYPE',
  userAssignedIdentityID: 'USER_ASSIGNED_MSI_CLIENT_ID',
};

/**
 * Reads the cloud configuration from a decoded file or, where there is none, from the environment. Unknown fields
 * are ignored; whether the subscription exists or the credential works shows only when it is used.
 *
 * @example
 * const result = parseCloudConfig({ file: JSON.parse(text) });
 * if (!result.ok) throw new Error(result.problem);
 */
export function parseCloudConfig(source: CloudConfigSource): CloudConfigResult {
  return 'file' in source ? fromFile(source.file, source.environmentFile) : fromEnv(source);
}

function fromFile(file: unknown, environmentFile: unknown): CloudConfigResult {
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    return { ok: false, problem: 'it is not a JSON or YAML object' };
  }
  const fields = file as Fields;
  const texts = {} as Texts;
  for (const field of stringFields) {
    const value = fields[field] ?? '';
    if (typeof value !== 'string')
      return { ok: false, problem: `"${field}" must be a string: put it in quotes` };
    texts[field] = value;
  }
  const useIdentity = readBoolean(fields['useManagedIdentityExtension']);
  if (useIdentity === undefined) {
    return { ok: false, problem: '"useManagedIdentityExtension" must be true or false' };
  }
  return check(texts, useIdentity, environmentFile, (field) => `"${field}"`);
}

function fromEnv({ env = {}, environmentFile }: CloudConfigSource): CloudConfigResult {
  const texts = {} as Texts;
  for (const field of stringFields) texts[field] = env[variables[field]] ?? '';
  const useIdentity = env['USE_MSI']?.toLowerCase() === 'true';
  return check(texts, useIdentity, environmentFile, (field) => variables[field]);
}

function check(
  texts: Texts,
  useManagedIdentityExtension: boolean,
  environmentFile: unknown,
  place: (field: keyof Texts) => string,
): CloudConfigResult {
  const found = findCloudEnvironment(texts.cloud, environmentFile);
  if (!found.ok) return found;
  const { tenantId, subscriptionId, resourceGroup, vmType, userAssignedIdentityID } = texts;
  const common = { environment: found.environment, tenantId, subscriptionId, resourceGroup, vmType };
  const rest = { ...common, useManagedIdentityExtension, userAssignedIdentityID };
  if (useManagedIdentityExtension) {
    const credential: CloudCredential =
      userAssignedIdentityID === ''
        ? { kind: 'system-assigned' }
        : { kind: 'user-assigned', identity: userAssignedIdentityID };
    return { ok: true, config: { ...rest, credential } };
  }
  for (const field of ['aadClientId', 'aadClientSecret'] as const) {
    if (texts[field] === '') {
      return {
        ok: false,
        problem: `${place(field)} is missing: a service principal needs it (or use a managed identity)`,
      };
    }
  }
  const { aadClientId: clientId, aadClientSecret: clientSecret } = texts;
  return {
    ok: true,
    config: { ...rest, credential: { kind: 'service-principal', tenantId, clientId, clientSecret } },
  };
}

function readBoolean(value: unknown): boolean | undefined {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : undefined;
  return text === 'true' ? true : text === 'false' || text === '' ? false : undefined;
}
