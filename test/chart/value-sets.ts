/**
 * Values that together reach every branch of the chart's templates.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const subscription = '00000000-0000-0000-0000-000000000001';

function file(name: string): object {
  return parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as object;
}

const adminsecret = {
  cloud: 'AzurePublicCloud',
  subscriptionID: subscription,
  resourceGroup: 'nodes',
  vmType: 'vmss',
  tenantID: '00000000-0000-0000-0000-000000000002',
  clientID: '00000000-0000-0000-0000-000000000003',
  clientSecret: 'not a secret',
};

/** The values by what they stand for. */
export const valueSets: Readonly<Record<string, object>> = {
  'no values': {},
  'the values of a release of the original': file('original-defaults.yaml'),
  'every value of the original': file('original-values.yaml'),
  'managed mode': {
    operationMode: 'managed',
    podMonitor: { enabled: true },
    networkPolicy: { enabled: true },
    rbac: { secretNamespaces: ['team-a'] },
  },
  'a service principal for MIC': { adminsecret },
  'the cloud configuration in a Secret': { mic: { cloudConfigSecret: 'azure-json' } },
  'without RBAC': { rbac: { enabled: false } },
  'a dry run': { mic: { dryRun: true } },
  'the names of the plain manifests': { plainNames: true, rbac: { createUserFacingClusterRoles: true } },
  'everything new': {
    forceNamespaced: true,
    mic: { unassignGracePeriod: '0', podDisruptionBudget: null },
    nmi: {
      startupTaint: true,
      hostToken: false,
      cleanupOnExit: 'never',
      exceptionMatch: 'any',
      bindingGrace: '10s',
      longestWait: '30s',
      nodeAddress: true,
      allowedADEndpoints: ['https://login.example.com'],
    },
    rbac: { secretNamespaces: ['team-a', 'team-b'], createUserFacingClusterRoles: true },
    networkPolicy: { enabled: true, metricsFrom: [{ namespaceSelector: {} }], egressPorts: [443] },
    podMonitor: { enabled: true },
    admissionPolicy: {
      enabled: true,
      tenancy: { enabled: true, config: { 'team-a.clientIDs': 'a\nb' } },
    },
    uninstall: { attached: 'list', timeout: '10m' },
  },
};

/** Those in which MIC must fit the pod security standard `restricted`. */
export const restrictedSets: readonly string[] = [
  'a service principal for MIC',
  'the cloud configuration in a Secret',
];
