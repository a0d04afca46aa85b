import { API_GROUP, BEHAVIOR_ANNOTATION, BEHAVIOR_NAMESPACED } from './constants.js';
import { readConditions, type StandingConditions } from './condition.js';
import type { Decoded } from './decoded.js';
import { joinPath, report, type JsonObject, type Problems } from './json-object.js';
import { readNamedObject, type ObjectMeta } from './object-meta.js';
import type { Problem } from './problem.js';
import { parseIdentityResourceId, type IdentityResourceId } from './resource-id.js';

/** 0: user-assigned managed identity; 1: service principal with a secret; 2: service principal with a certificate. */
export type IdentityType = 0 | 1 | 2;

/** `spec` of an {@link AzureIdentity} in canonical spelling. Absent strings are empty. */
export interface AzureIdentitySpec {
  /** Undefined when the object names a type that does not exist; then it grants nothing. Absent means 0. */
  readonly type: IdentityType | undefined;
  /** As written. Use {@link AzureIdentity.resource} to compare. */
  readonly resourceID: string;
  readonly clientID: string;
  /** The Secret that holds the credential of a service principal. */
  readonly clientPassword: { readonly name: string; readonly namespace: string };
  readonly tenantID: string;
  readonly auxiliaryTenantIDs: readonly string[];
  readonly adResourceID: string;
  readonly adEndpoint: string;
  /** Without meaning since long; kept so that what is written back is what was read. */
  readonly replicas: number | undefined;
}

/** An identity in Azure that pods may be given, as an administrator declared it. */
export interface AzureIdentity extends ObjectMeta {
  /** Only those of our own group, {@link API_GROUP}. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: AzureIdentitySpec;
  /** The Azure resource that `spec.resourceID` names; undefined when that is not valid. */
  readonly resource: IdentityResourceId | undefined;
  /** `metadata.generation`, which counts changes of the spec; undefined where absent, as in an assignment. */
  readonly generation: number | undefined;
  /** Empty where the identity is embedded in an assignment. */
  readonly conditions: StandingConditions;
}

const FIELDS = [
  'type',
  'resourceID',
  'clientID',
  'clientPassword',
  'tenantID',
  'auxiliaryTenantIDs',
  'adResourceID',
  'adEndpoint',
  'replicas',
  'metadata',
] as const;

/**
 * Decodes an AzureIdentity from untrusted JSON: any casing of a known field in, canonical spelling out. Never throws.
 * An identity that is not usable decodes too; {@link invalidIdentityProblem} tells why it grants nothing.
 */
export function decodeAzureIdentity(json: unknown): Decoded<AzureIdentity> {
  const problems: Problems = [];
  const named = readNamedObject(json, 'namespaced', problems);
  if (named === undefined) return { ok: false, problems };
  const { root, metadata, meta } = named;
  const { spec, resource } = readIdentitySpec(root.object('spec'), problems);
  const identity: AzureIdentity = {
    namespace: meta.namespace,
    name: meta.name,
    uid: meta.uid,
    resourceVersion: meta.resourceVersion,
    annotations: ownAnnotations(metadata),
    spec,
    resource,
    generation: metadata.integer('generation'),
    conditions: readConditions(root.object('status')),
  };
  const behavior = identity.annotations[BEHAVIOR_ANNOTATION];
  if (behavior !== undefined && behavior !== BEHAVIOR_NAMESPACED) {
    const path = joinPath('metadata.annotations', BEHAVIOR_ANNOTATION);
    report(problems, path, 'has a value without meaning', `write "${BEHAVIOR_NAMESPACED}", or remove it`);
  }
  const invalid = invalidIdentityProblem(identity);
  if (invalid !== undefined && !problems.some((problem) => problem.path === invalid.path))
    problems.push(invalid);
  if (identity.spec.clientID === '') {
    report(
      problems,
      'spec.clientID',
      'is missing',
      'write the client ID of the identity, as "az identity show" prints it',
    );
  }
  return { ok: true, value: identity, problems };
}

/** Reads the spec of an identity, embedded or not. */
export function readIdentitySpec(
  json: JsonObject,
  problems: Problems,
): Pick<AzureIdentity, 'spec' | 'resource'> {
  const spec = json.withCanonicalNames(FIELDS);
  const password = spec.object('clientPassword').withCanonicalNames(['name', 'namespace']);
  const resourceID = spec.text('resourceID');
  return {
    spec: {
      type: readType(spec, problems),
      resourceID,
      clientID: spec.text('clientID'),
      clientPassword: { name: password.text('name'), namespace: password.text('namespace') },
      tenantID: spec.text('tenantID'),
      auxiliaryTenantIDs: spec.texts('auxiliaryTenantIDs'),
      adResourceID: spec.text('adResourceID'),
      adEndpoint: spec.text('adEndpoint'),
      replicas: spec.integer('replicas'),
    },
    resource: parseIdentityResourceId(resourceID),
  };
}

/** Annotations of our own group: all that matching reads and that an assignment repeats. */
export function ownAnnotations(metadata: JsonObject): Readonly<Record<string, string>> {
  return metadata.textMap('annotations', (key) => key.startsWith(`${API_GROUP}/`));
}

function readType(spec: JsonObject, problems: Problems): IdentityType | undefined {
  if (spec.raw('type') === undefined) return 0;
  const type = spec.integer('type');
  if (type === 0 || type === 1 || type === 2) return type;
  if (type !== undefined) report(problems, 'spec.type', `is ${type}`, TYPE_FIX);
  return undefined;
}

const TYPE_FIX =
  'write 0 (user-assigned identity), 1 (service principal with secret) or 2 (with certificate)';

/** Whether the identity is restricted to its own namespace by its annotation (docs/spec.md section 2). */
export function isNamespaced(identity: Pick<AzureIdentity, 'annotations'>): boolean {
  return identity.annotations[BEHAVIOR_ANNOTATION] === BEHAVIOR_NAMESPACED;
}

/**
 * Why the identity is not usable: a `type` that does not exist, or type 0 without a valid `resourceID`.
 * In managed mode, where nothing is attached, the second is reported only (docs/spec.md section 2).
 *
 * @returns undefined when it is usable.
 */
export function invalidIdentityProblem(
  identity: Pick<AzureIdentity, 'spec' | 'resource'>,
): Problem | undefined {
  if (identity.spec.type === undefined)
    return { path: 'spec.type', message: 'names no type that exists', fix: TYPE_FIX };
  if (identity.spec.type !== 0 || identity.resource !== undefined) return undefined;
  const message =
    identity.spec.resourceID === '' ? 'is missing' : 'is not the resource ID of a user-assigned identity';
  return { path: 'spec.resourceID', message, fix: RESOURCE_FIX };
}

const RESOURCE_FIX =
  'write /subscriptions/{s}/resourcegroups/{rg}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}';
