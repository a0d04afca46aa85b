import { describe, expect, it } from 'vitest';
import { findCloudEnvironment } from './cloud-environment.js';

describe('findCloudEnvironment', () => {
  it.each([
    ['AzurePublicCloud', 'https://management.azure.com/.default'],
    ['azurecloud', 'https://management.azure.com/.default'],
    ['AZUREUSGOVERNMENT', 'https://management.usgovcloudapi.net/.default'],
    ['AzureUSGovernmentCloud', 'https://management.usgovcloudapi.net/.default'],
    ['AzureChinaCloud', 'https://management.chinacloudapi.cn/.default'],
    ['AzureGermanCloud', 'https://management.microsoftazure.de/.default'],
  ])('%s', (name, resourceManagerScope) => {
    expect(findCloudEnvironment(name)).toMatchObject({
      ok: true,
      environment: { resourceManagerScope, custom: false },
    });
  });

  it('says which names there are', () => {
    expect(findCloudEnvironment('AzureMoonCloud')).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/"AzureMoonCloud".*AzurePublicCloud/),
    });
  });

  const file = { activeDirectoryEndpoint: 'https://login.x/', resourceManagerEndpoint: 'https://arm.x/' };

  it('takes the audience of a custom cloud to the letter', () => {
    expect(
      findCloudEnvironment('AzureStackCloud', { ...file, tokenAudience: 'https://arm.x/app/' }),
    ).toMatchObject({
      environment: { resourceManagerScope: 'https://arm.x/app//.default', custom: true },
    });
    expect(findCloudEnvironment('AzureStackCloud', file)).toMatchObject({
      environment: { resourceManagerScope: 'https://arm.x//.default' },
    });
  });

  it.each([
    [undefined, /AZURE_ENVIRONMENT_FILEPATH/],
    [
      { ...file, activeDirectoryEndpoint: 'http://login.x/' },
      /"activeDirectoryEndpoint" with an https address/,
    ],
    [{ ...file, resourceManagerEndpoint: 7 }, /"resourceManagerEndpoint"/],
  ])('refuses the file %j of a custom cloud', (environmentFile, problem) => {
    expect(findCloudEnvironment('azurestackcloud', environmentFile)).toMatchObject({
      ok: false,
      problem: expect.stringMatching(problem),
    });
  });
});
