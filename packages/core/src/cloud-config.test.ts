import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseCloudConfig, type CloudConfig, type CloudConfigSource } from './cloud-config.js';
import { vectorsOf } from '../../../test/vectors/vectors.js';

interface Case {
  readonly name: string;
  readonly input: {
    readonly azureJson?: string;
    readonly env?: Record<string, string>;
    readonly environmentFile?: string;
  };
  readonly expected: { readonly error?: true } & Record<string, unknown>;
}

const cases = vectorsOf<Case['input'], Case['expected']>('cloud-config');

function decode(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function source({ azureJson, env, environmentFile }: Case['input']): CloudConfigSource {
  return {
    ...(azureJson === undefined ? {} : { file: decode(azureJson) }),
    ...(env === undefined ? {} : { env }),
    ...(environmentFile === undefined ? {} : { environmentFile: decode(environmentFile) }),
  };
}

const withoutSlash = (url: unknown): string => String(url).replace(/\/$/, '');

/** The outcome in the vectors' words. */
function outcome(config: CloudConfig, expected: Case['expected']): Record<string, unknown> {
  const principal = config.credential.kind === 'service-principal' ? config.credential : undefined;
  const given = expected['config'] as Record<string, unknown>;
  return {
    auth: config.credential.kind,
    activeDirectoryEndpoint: withoutSlash(config.environment.activeDirectoryEndpoint),
    resourceManagerEndpoint: withoutSlash(config.environment.resourceManagerEndpoint),
    config: {
      // Without a service principal there is nothing to keep of its two fields.
      aadClientId: principal?.clientId ?? given['aadClientId'],
      aadClientSecret: principal?.clientSecret ?? given['aadClientSecret'],
      resourceGroup: config.resourceGroup,
      subscriptionId: config.subscriptionId,
      tenantId: config.tenantId,
      useManagedIdentityExtension: config.useManagedIdentityExtension,
      userAssignedIdentityID: config.userAssignedIdentityID,
      vmType: config.vmType,
    },
  };
}

function wanted(expected: Case['expected']): Record<string, unknown> {
  const { cloud: _cloud, ...config } = expected['config'] as Record<string, unknown>;
  return {
    auth: expected['auth'],
    activeDirectoryEndpoint: withoutSlash(expected['activeDirectoryEndpoint']),
    resourceManagerEndpoint: withoutSlash(expected['resourceManagerEndpoint']),
    config,
  };
}

describe('parseCloudConfig', () => {
  it.each(cases)('vector: $name', ({ input, expected }) => {
    const result = parseCloudConfig(source(input));
    if (expected.error === true) {
      expect(result).toMatchObject({ ok: false, problem: expect.stringMatching(/\w/) });
      return;
    }
    if (!result.ok) throw new Error(result.problem);
    expect(outcome(result.config, expected)).toEqual(wanted(expected));
  });

  it('names the field that is not a string and does not quote its value', () => {
    const result = parseCloudConfig({
      file: { cloud: 'AzurePublicCloud', aadClientId: 'a', aadClientSecret: 4711 },
    });
    expect(result).toEqual({ ok: false, problem: '"aadClientSecret" must be a string: put it in quotes' });
  });

  it('names the variable that is missing from the environment', () => {
    const result = parseCloudConfig({ env: { CLOUD: 'AzureCloud', CLIENT_ID: 'a' } });
    expect(result).toMatchObject({ ok: false, problem: expect.stringContaining('CLIENT_SECRET is missing') });
  });

  it.each([
    ['true', 'system-assigned'],
    ['TRUE', 'system-assigned'],
    [true, 'system-assigned'],
    ['false', 'service-principal'],
    ['', 'service-principal'],
  ])('reads useManagedIdentityExtension %j', (useManagedIdentityExtension, kind) => {
    const file = {
      cloud: 'AzurePublicCloud',
      aadClientId: 'a',
      aadClientSecret: 'b',
      useManagedIdentityExtension,
    };
    expect(parseCloudConfig({ file })).toMatchObject({ ok: true, config: { credential: { kind } } });
  });

  it.each([1, 'yes', {}])('refuses useManagedIdentityExtension %j', (useManagedIdentityExtension) => {
    expect(parseCloudConfig({ file: { cloud: 'AzurePublicCloud', useManagedIdentityExtension } })).toEqual({
      ok: false,
      problem: '"useManagedIdentityExtension" must be true or false',
    });
  });
});
