import { parseFlags, UsageError } from '@aad-pod-identity/program';
import { describe, expect, it } from 'vitest';
import { demoFlags } from './demo-flags.js';
import { demoSettings, type DemoSettings } from './demo-settings.js';

const settings = (argv: string[], cloudFile?: unknown): DemoSettings =>
  demoSettings(parseFlags(demoFlags, argv, {}), cloudFile);
const needed = ['--subscription-id=s', '--resource-group=rg'];
const cloudFile = {
  activeDirectoryEndpoint: 'https://login.local/',
  resourceManagerEndpoint: 'https://127.0.0.1:8443/',
  tokenAudience: 'https://management.local',
};

describe('demoSettings', () => {
  it('reads the flags of the contract, with one dash or two', () => {
    const flags = ['-subscription-id', 's', '--resource-group', 'rg', '--identity-client-id=c', '-period=2s'];
    expect(parseFlags(demoFlags, flags, {}).values.period).toBe(2_000);
    expect(settings(flags)).toEqual({
      subscriptionId: 's',
      resourceGroup: 'rg',
      clientId: 'c',
      resource: 'https://management.azure.com/',
      resourceManagerEndpoint: 'https://management.azure.com/',
      endpoint: undefined,
      localAddress: undefined,
      hostTokenFor: undefined,
      nmiEndpoint: 'http://127.0.0.1:2579',
    });
  });

  it('takes another cloud from its resource, or from the file of a custom cloud', () => {
    expect(settings([...needed, '--resource-name=https://management.usgovcloudapi.net/'])).toMatchObject({
      resource: 'https://management.usgovcloudapi.net/',
      resourceManagerEndpoint: 'https://management.usgovcloudapi.net/',
    });
    expect(settings(needed, cloudFile)).toMatchObject({
      resource: 'https://management.local',
      resourceManagerEndpoint: 'https://127.0.0.1:8443/',
    });
    expect(
      settings([...needed, '--resource-name=urn:r', '--resource-manager-endpoint=https://other'], cloudFile),
    ).toMatchObject({ resource: 'urn:r', resourceManagerEndpoint: 'https://other' });
  });

  it('names the pod for which the node asks', () => {
    expect(settings([...needed, '--host-token-for=shop/web-0']).hostTokenFor).toEqual({
      podNamespace: 'shop',
      podName: 'web-0',
    });
  });

  it.each([
    [[], /--subscription-id is needed/],
    [['--subscription-id=s'], /--resource-group is needed/],
    [[...needed, '--resource-name='], /--resource-name is needed/],
    [[...needed, '--resource-name=urn:r'], /give --resource-manager-endpoint too/],
    [[...needed, '--host-token-for=web-0'], /"web-0" is not NAMESPACE\/NAME/],
    [[...needed, '--period=-1s'], /--period: "-1s" is not/],
  ])('refuses %j', (argv, message) => {
    expect(() => settings(argv)).toThrow(UsageError);
    expect(() => settings(argv)).toThrow(message);
  });

  it('refuses a file of a custom cloud that says nothing', () => {
    expect(() => settings(needed, {})).toThrow(/activeDirectoryEndpoint/);
  });
});
