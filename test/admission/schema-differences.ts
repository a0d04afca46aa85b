/**
 * What the API server does with an object before any policy sees it.
 *
 * @module
 */
import { isRecord } from '@aad-pod-identity/core';
import type { Written } from './verdict.js';

const known: Readonly<Record<Written['kind'], readonly string[]>> = {
  AzureIdentity: [
    'type',
    'resourceID',
    'clientID',
    'clientPassword',
    'tenantID',
    'adResourceID',
    'adEndpoint',
  ],
  AzureIdentityBinding: ['azureIdentity', 'selector', 'weight'],
  AzurePodIdentityException: ['podLabels'],
};

/** The object as the server goes on with it: a null where its schema has a field is dropped. */
export function withoutNulls(written: Written): Written {
  const spec = withoutNull(written.spec, (key) => known[written.kind].includes(key));
  if (!isRecord(spec)) return written;
  const inner = (name: string, keep: readonly string[] | undefined): object =>
    Object.hasOwn(spec, name)
      ? { [name]: withoutNull(spec[name], (key) => keep?.includes(key) ?? true) }
      : {};
  const nested =
    written.kind === 'AzureIdentity'
      ? inner('clientPassword', ['name', 'namespace'])
      : written.kind === 'AzurePodIdentityException'
        ? inner('podLabels', undefined)
        : {};
  return { ...written, spec: { ...spec, ...nested } };
}

/** Why the schema refuses what `core` has nothing against; undefined where it should not. */
export function reasonOfSchema({ spec }: Written): string | undefined {
  if (!isRecord(spec)) return undefined;
  const { replicas } = spec;
  // Nobody uses it.
  return typeof replicas === 'number' && Math.abs(replicas) > 2 ** 31 - 1
    ? 'replicas has 32 bits'
    : undefined;
}

function withoutNull(json: unknown, mayDrop: (key: string) => boolean): unknown {
  if (!isRecord(json)) return json;
  return Object.fromEntries(Object.entries(json).filter(([key, value]) => value !== null || !mayDrop(key)));
}
