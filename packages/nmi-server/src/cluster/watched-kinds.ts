/**
 * The kinds that NMI watches, and the one that it reads by name.
 *
 * @module
 */
import {
  API_GROUP,
  API_VERSION,
  decodeAzureAssignedIdentity,
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  decodeAzurePodIdentityException,
  decodePod,
  KIND_BY_PLURAL,
  type AzureAssignedIdentity,
  type AzureIdentity,
  type AzureIdentityBinding,
  type AzurePodIdentityException,
  type CustomResourcePlural,
  type Decoded,
  type Pod,
} from '@aad-pod-identity/core';
import type { DecodeResult, Resource } from '@aad-pod-identity/kubernetes';

export const pods: Resource<Pod> = {
  group: '',
  version: 'v1',
  plural: 'pods',
  kind: 'Pod',
  namespaced: true,
  decode: (json) => decodePod(json),
};
export const identities: Resource<AzureIdentity> = customResource('azureidentities', decodeAzureIdentity);
export const bindings: Resource<AzureIdentityBinding> = customResource(
  'azureidentitybindings',
  decodeAzureIdentityBinding,
);
export const assignedIdentities: Resource<AzureAssignedIdentity> = customResource(
  'azureassignedidentities',
  decodeAzureAssignedIdentity,
);
export const exceptions: Resource<AzurePodIdentityException> = customResource(
  'azurepodidentityexceptions',
  decodeAzurePodIdentityException,
);

/** The data of a Secret, decoded. Read by name, one at a time, and never kept. */
export type SecretData = ReadonlyMap<string, Buffer>;

export const secrets: Resource<SecretData> = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
  decode: decodeSecret,
};

function customResource<T>(plural: CustomResourcePlural, decode: (json: unknown) => Decoded<T>): Resource<T> {
  return {
    group: API_GROUP,
    version: API_VERSION,
    plural,
    kind: KIND_BY_PLURAL[plural],
    namespaced: true,
    decode,
  };
}

function decodeSecret(json: unknown): DecodeResult<SecretData> {
  const data = (json as { readonly data?: unknown } | null)?.data;
  if (data === undefined || data === null) return { ok: true, value: new Map() };
  if (typeof data !== 'object')
    return {
      ok: false,
      problems: [{ path: 'data', message: 'is no object', fix: 'write an object of base64 strings' }],
    };
  const decoded = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(data)) {
    if (typeof value === 'string') decoded.set(key, Buffer.from(value, 'base64'));
  }
  return { ok: true, value: decoded };
}
