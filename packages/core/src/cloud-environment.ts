/**
 * The Azure clouds and the addresses that differ between them.
 *
 * @module
 */

/** Where one Azure cloud is. */
export interface CloudEnvironment {
  /** Its canonical name, such as `AzurePublicCloud`. */
  readonly name: string;
  /** Where tokens are issued. */
  readonly activeDirectoryEndpoint: string;
  /** Where ARM answers. */
  readonly resourceManagerEndpoint: string;
  /** The OAuth scope of a token for ARM. */
  readonly resourceManagerScope: string;
  /** A cloud that Entra's public instance discovery doesn't know: discovery must be off for it. */
  readonly custom: boolean;
}

/** The cloud found, or one sentence that says what is wrong and what to write. */
export type CloudEnvironmentResult =
  | { readonly ok: true; readonly environment: CloudEnvironment }
  | { readonly ok: false; readonly problem: string };

const known = (
  name: string,
  activeDirectoryEndpoint: string,
  resourceManagerEndpoint: string,
): CloudEnvironment => ({
  name,
  activeDirectoryEndpoint,
  resourceManagerEndpoint,
  resourceManagerScope: `${resourceManagerEndpoint}.default`,
  custom: false,
});

const publicCloud = known(
  'AzurePublicCloud',
  'https://login.microsoftonline.com/',
  'https://management.azure.com/',
);
const usGovernment = known(
  'AzureUSGovernmentCloud',
  'https://login.microsoftonline.us/',
  'https://management.usgovcloudapi.net/',
);
const china = known(
  'AzureChinaCloud',
  'https://login.chinacloudapi.cn/',
  'https://management.chinacloudapi.cn/',
);
const german = known(
  'AzureGermanCloud',
  'https://login.microsoftonline.de/',
  'https://management.microsoftazure.de/',
);

const byName: ReadonlyMap<string, CloudEnvironment> = new Map([
  ['azurepubliccloud', publicCloud],
  ['azurecloud', publicCloud],
  ['azureusgovernmentcloud', usGovernment],
  ['azureusgovernment', usGovernment],
  ['azurechinacloud', china],
  ['azuregermancloud', german],
]);

/** The name, in lower case, under which a custom cloud is described by a file. */
const customCloud = 'azurestackcloud';

/** Whether `name` is the cloud that is described by the file in `AZURE_ENVIRONMENT_FILEPATH`. */
export function isCustomCloud(name: string): boolean {
  return name.toLowerCase() === customCloud;
}

/**
 * Finds a cloud by its name, in any casing (docs/spec.md section 5). An absent, empty or unknown name is a problem,
 * never a default: a wrong cloud would send credentials to the wrong place.
 *
 * @param environmentFile - the decoded contents of the file in `AZURE_ENVIRONMENT_FILEPATH`; needed for
 * `AzureStackCloud` only
 */
export function findCloudEnvironment(name: string, environmentFile?: unknown): CloudEnvironmentResult {
  if (isCustomCloud(name)) return parseEnvironmentFile(environmentFile);
  const environment = byName.get(name.toLowerCase());
  if (environment !== undefined) return { ok: true, environment };
  const said = name === '' ? 'no cloud is named' : `there is no cloud named ${JSON.stringify(name)}`;
  return {
    ok: false,
    problem: `${said}: set "cloud" to AzurePublicCloud, AzureUSGovernmentCloud, AzureChinaCloud, AzureGermanCloud or AzureStackCloud`,
  };
}

function parseEnvironmentFile(file: unknown): CloudEnvironmentResult {
  if (typeof file !== 'object' || file === null) {
    return {
      ok: false,
      problem: 'AzureStackCloud needs AZURE_ENVIRONMENT_FILEPATH to name a JSON file with its endpoints',
    };
  }
  const fields = file as Readonly<Record<string, unknown>>;
  const activeDirectoryEndpoint = fields['activeDirectoryEndpoint'];
  const resourceManagerEndpoint = fields['resourceManagerEndpoint'];
  if (!isHttps(activeDirectoryEndpoint)) return missing('activeDirectoryEndpoint');
  if (!isHttps(resourceManagerEndpoint)) return missing('resourceManagerEndpoint');
  const audience = fields['tokenAudience'];
  return {
    ok: true,
    environment: {
      name: 'AzureStackCloud',
      activeDirectoryEndpoint,
      resourceManagerEndpoint,
      // A custom cloud's audience is taken as it stands: its issuer compares it to the letter.
      resourceManagerScope: `${typeof audience === 'string' && audience !== '' ? audience : resourceManagerEndpoint}/.default`,
      custom: true,
    },
  };
}

function isHttps(value: unknown): value is string {
  return typeof value === 'string' && /^https:\/\/[^/\s]/i.test(value);
}

function missing(field: string): CloudEnvironmentResult {
  return {
    ok: false,
    problem: `the file in AZURE_ENVIRONMENT_FILEPATH needs "${field}" with an https address`,
  };
}
