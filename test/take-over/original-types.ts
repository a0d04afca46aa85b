/**
 * What the original's decoder takes: the types of its Go structs, for JSON in the exact casing of their tags. Fields
 * that they don't have are ignored, null reads as absent.
 *
 * @module
 */

type GoType =
  'string' | 'int32' | 'int64' | 'time' | 'strings' | 'stringMap' | 'objects' | { readonly fields: GoFields };
interface GoFields {
  readonly [field: string]: GoType;
}

const metadata: GoType = {
  fields: {
    name: 'string',
    generateName: 'string',
    namespace: 'string',
    selfLink: 'string',
    uid: 'string',
    resourceVersion: 'string',
    generation: 'int64',
    creationTimestamp: 'time',
    deletionTimestamp: 'time',
    deletionGracePeriodSeconds: 'int64',
    labels: 'stringMap',
    annotations: 'stringMap',
    ownerReferences: 'objects',
    finalizers: 'strings',
    managedFields: 'objects',
  },
};
const root = { apiVersion: 'string', kind: 'string', metadata } as const;
const status = { metadata, availableReplicas: 'int32' } as const;

const identity: GoType = {
  fields: {
    ...root,
    spec: {
      fields: {
        metadata,
        type: 'int64',
        resourceID: 'string',
        clientID: 'string',
        clientPassword: { fields: { name: 'string', namespace: 'string' } },
        tenantID: 'string',
        auxiliaryTenantIDs: 'strings',
        adResourceID: 'string',
        adEndpoint: 'string',
        replicas: 'int32',
      },
    },
    status: { fields: status },
  },
};
const binding: GoType = {
  fields: {
    ...root,
    spec: { fields: { metadata, azureIdentity: 'string', selector: 'string', weight: 'int64' } },
    status: { fields: status },
  },
};
const assigned: GoType = {
  fields: {
    ...root,
    spec: {
      fields: {
        metadata,
        azureIdentityRef: identity,
        azureBindingRef: binding,
        pod: 'string',
        podNamespace: 'string',
        nodename: 'string',
        replicas: 'int32',
      },
    },
    status: { fields: { ...status, status: 'string' } },
  },
};

/** The types by kind. */
export const originalTypes = {
  AzureIdentity: identity,
  AzureIdentityBinding: binding,
  AzureAssignedIdentity: assigned,
  AzurePodIdentityException: {
    fields: {
      ...root,
      spec: { fields: { metadata, podLabels: 'stringMap' } },
      status: { fields: { metadata, status: 'string' } },
    },
  },
} as const;

/** Where the decoder fails: then the original cannot list objects of this kind at all. Empty: it takes the value. */
export function undecodable(type: GoType, value: unknown, path = ''): string[] {
  if (value === null || value === undefined || fits(type, value)) {
    if (typeof type === 'string' || !isObject(value)) return [];
    return Object.entries(type.fields).flatMap(([field, inner]) =>
      undecodable(inner, value[field], path === '' ? field : `${path}.${field}`),
    );
  }
  return [`${path} is ${JSON.stringify(value)}`];
}

function fits(type: GoType, value: unknown): boolean {
  if (typeof type !== 'string') return isObject(value);
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'int32':
      return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31;
    case 'int64':
      return Number.isSafeInteger(value);
    case 'time':
      return (
        typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)
      );
    case 'strings':
      return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
    case 'stringMap':
      return isObject(value) && Object.values(value).every((entry) => typeof entry === 'string');
    case 'objects':
      return Array.isArray(value) && value.every(isObject);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
