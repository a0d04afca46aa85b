/**
 * What one round of `demo` needs to know, from flags, environment and the file of a custom cloud. Pure.
 *
 * @module
 */
import { findCloudEnvironment } from '@aad-pod-identity/core';
import { UsageError, type FlagValues, type ParsedFlags } from '@aad-pod-identity/program';
import type { demoFlags } from './demo-flags.js';

/** The environment variable that names the file in which a custom cloud's addresses stand. */
export const CLOUD_FILE_VARIABLE = 'AZURE_ENVIRONMENT_FILEPATH';

/** What to ask, and where. */
export interface DemoSettings {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** What the token is for. */
  readonly resource: string;
  readonly clientId: string | undefined;
  readonly endpoint: string | undefined;
  readonly localAddress: string | undefined;
  readonly resourceManagerEndpoint: string;
  /** The pod to get a token for, on its node; `undefined` in a pod. */
  readonly hostTokenFor: { readonly podNamespace: string; readonly podName: string } | undefined;
  readonly nmiEndpoint: string;
}

/**
 * Settles where a flag is left out.
 *
 * @param cloudFile - the parsed JSON of the file in `AZURE_ENVIRONMENT_FILEPATH`; `undefined` where none is named
 * @throws UsageError naming the flag or file that is missing or makes no sense
 */
export function demoSettings(
  { values, given }: Pick<ParsedFlags<typeof demoFlags>, 'values' | 'given'>,
  cloudFile: unknown,
): DemoSettings {
  const custom = cloudFile === undefined ? undefined : customCloud(cloudFile);
  const resource =
    (given.has('resource-name') ? undefined : custom?.resource) ?? needed(values, 'resource-name');
  return {
    subscriptionId: needed(values, 'subscription-id'),
    resourceGroup: needed(values, 'resource-group'),
    resource,
    clientId: optional(values['identity-client-id']),
    endpoint: optional(values.endpoint),
    localAddress: optional(values['local-address']),
    resourceManagerEndpoint:
      optional(values['resource-manager-endpoint']) ??
      custom?.endpoint ??
      httpsAddress(values['resource-name']),
    hostTokenFor: values['host-token-for'] === '' ? undefined : podOf(values['host-token-for']),
    nmiEndpoint: values['nmi-endpoint'],
  };
}

function customCloud(file: unknown): { endpoint: string; resource: string } {
  const found = findCloudEnvironment('AzureStackCloud', file);
  if (!found.ok) throw new UsageError(found.problem);
  const { resourceManagerEndpoint, resourceManagerScope } = found.environment;
  return { endpoint: resourceManagerEndpoint, resource: resourceManagerScope.replace(/\/\.default$/, '') };
}

function needed(
  values: FlagValues<typeof demoFlags>,
  flag: 'subscription-id' | 'resource-group' | 'resource-name',
): string {
  const value = values[flag];
  if (value === '') throw new UsageError(`--${flag} is needed`);
  return value;
}

function httpsAddress(resource: string): string {
  if (/^https:\/\/[^/]/i.test(resource)) return resource;
  throw new UsageError(`--resource-name ${resource} is no address: give --resource-manager-endpoint too`);
}

function podOf(text: string): { podNamespace: string; podName: string } {
  const [podNamespace, podName, ...more] = text.split('/');
  if (podNamespace && podName && more.length === 0) return { podNamespace, podName };
  throw new UsageError(`--host-token-for: "${text}" is not NAMESPACE/NAME`);
}

function optional(text: string): string | undefined {
  return text === '' ? undefined : text;
}
