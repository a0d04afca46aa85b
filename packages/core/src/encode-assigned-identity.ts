import type { AzureAssignedIdentity } from './azure-assigned-identity.js';
import type { AzureIdentity, AzureIdentitySpec } from './azure-identity.js';
import type { AzureIdentityBinding } from './azure-identity-binding.js';
import {
  ASSIGNED_IDENTITY_FINALIZER,
  GROUP_VERSION,
  NODE_LABEL,
  type AssignedIdentityStatus,
} from './constants.js';
import type { ObjectMeta } from './object-meta.js';

/** What {@link encodeAssignedIdentity} writes: an AzureAssignedIdentity without what only the API server knows. */
export type AssignedIdentityInput = Pick<
  AzureAssignedIdentity,
  'namespace' | 'name' | 'spec' | 'annotations'
> & {
  readonly status: AssignedIdentityStatus;
  /** `status.conditions`, see `encodeConditions`; omitted: none. */
  readonly statusConditions?: readonly unknown[];
  /** Of the object that is replaced; omitted or empty for a new one. */
  readonly resourceVersion?: string;
};

/** An AzureAssignedIdentity on the wire, readable by the original. */
export interface AssignedIdentityJson {
  readonly apiVersion: string;
  readonly kind: 'AzureAssignedIdentity';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly resourceVersion?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly finalizers: readonly string[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: {
    readonly status: AssignedIdentityStatus;
    readonly availableReplicas: number;
    readonly conditions?: readonly unknown[];
  };
}

/**
 * Writes an AzureAssignedIdentity as the original does: lower-case `nodename`, label `nodename`, finalizer, and the
 * identity and the binding embedded whole. `decodeAzureAssignedIdentity` reads back what it is given.
 */
export function encodeAssignedIdentity(assigned: AssignedIdentityInput): AssignedIdentityJson {
  const { namespace, name, spec, annotations, status, resourceVersion = '', statusConditions } = assigned;
  return {
    apiVersion: GROUP_VERSION,
    kind: 'AzureAssignedIdentity',
    metadata: {
      name,
      namespace,
      ...(resourceVersion === '' ? {} : { resourceVersion }),
      labels: { [NODE_LABEL]: spec.nodeName },
      annotations,
      finalizers: [ASSIGNED_IDENTITY_FINALIZER],
    },
    spec: {
      azureIdentityRef: encodeIdentity(spec.azureIdentityRef),
      azureBindingRef: encodeBinding(spec.azureBindingRef),
      pod: spec.pod,
      podNamespace: spec.podNamespace,
      nodename: spec.nodeName,
      replicas: 1,
    },
    status: {
      status,
      availableReplicas: 1,
      ...(statusConditions === undefined ? {} : { conditions: statusConditions }),
    },
  };
}

function encodeIdentity(identity: AzureIdentity): Readonly<Record<string, unknown>> {
  return {
    apiVersion: GROUP_VERSION,
    kind: 'AzureIdentity',
    metadata: { ...encodeMeta(identity), annotations: identity.annotations },
    spec: encodeIdentitySpec(identity.spec),
  };
}

/** What is empty is left out: the original reads absent and empty alike. */
function encodeIdentitySpec(spec: AzureIdentitySpec): Readonly<Record<string, unknown>> {
  const { clientPassword, ...fields } = spec;
  const json: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (value !== '' && value !== undefined && !(Array.isArray(value) && value.length === 0))
      json[field] = value;
  }
  const password = clientPassword.name !== '' || clientPassword.namespace !== '';
  return password ? { ...json, clientPassword } : json;
}

function encodeBinding(binding: AzureIdentityBinding): Readonly<Record<string, unknown>> {
  return {
    apiVersion: GROUP_VERSION,
    kind: 'AzureIdentityBinding',
    metadata: encodeMeta(binding),
    spec: binding.spec,
  };
}

function encodeMeta(meta: ObjectMeta): Readonly<Record<string, string>> {
  const { name, namespace, uid, resourceVersion } = meta;
  return {
    name,
    namespace,
    ...(uid === '' ? {} : { uid }),
    ...(resourceVersion === '' ? {} : { resourceVersion }),
  };
}
