import {
  ASSIGNED_IDENTITY_FINALIZER,
  ASSIGNED_IDENTITY_STATUSES,
  NODE_LABEL,
  type AssignedIdentityStatus,
} from './constants.js';
import { ownAnnotations, readIdentitySpec, type AzureIdentity } from './azure-identity.js';
import { readBindingSpec, type AzureIdentityBinding } from './azure-identity-binding.js';
import { NO_CONDITIONS, readConditions, type StandingConditions } from './condition.js';
import type { Decoded } from './decoded.js';
import type { DecodedOnce } from './decoded-once.js';
import { report, type JsonObject, type Problems } from './json-object.js';
import type { ObjectKey } from './object-key.js';
import { isDeleting, readNamedObject, type ObjectMeta } from './object-meta.js';
import type { Sharing } from './sharing.js';

/** `spec` of an {@link AzureAssignedIdentity}. */
export interface AzureAssignedIdentitySpec {
  /** The identity as it was when the assignment was written. */
  readonly azureIdentityRef: AzureIdentity;
  /** The binding as it was when the assignment was written. */
  readonly azureBindingRef: AzureIdentityBinding;
  readonly pod: string;
  readonly podNamespace: string;
  /** `nodename` on the wire. */
  readonly nodeName: string;
}

/** MIC's word to NMI, and to itself after a restart: this pod gets this identity on this node. */
export interface AzureAssignedIdentity extends ObjectMeta {
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  /** It is being deleted and waits for its finalizers. */
  readonly deleting: boolean;
  /** Its label {@link NODE_LABEL} names the node of the spec. NMI sees no other; very old MICs wrote none. */
  readonly labelled: boolean;
  readonly spec: AzureAssignedIdentitySpec;
  /** Undefined on objects of very old MICs: counts as `Assigned`. A status that nobody knows reads as `Created`. */
  readonly status: AssignedIdentityStatus | undefined;
  /** Without messages: there are many assignments, and what they say follows from the reason. */
  readonly conditions: StandingConditions;
}

const FIELDS = [
  'azureIdentityRef',
  'azureBindingRef',
  'pod',
  'podNamespace',
  'nodename',
  'metadata',
  'replicas',
] as const;

/** What the assignments that one reader decodes have in common. */
export interface AssignedIdentitySharing {
  readonly identities: DecodedOnce<AzureIdentity>;
  readonly bindings: DecodedOnce<AzureIdentityBinding>;
  readonly annotations: Sharing<Readonly<Record<string, string>>>;
  readonly nodeNames: Sharing<string>;
  readonly conditions: Sharing<StandingConditions>;
}

/**
 * Decodes an AzureAssignedIdentity from untrusted JSON: any casing of a known field in, canonical spelling out.
 * Never throws. What is missing in it reads as empty, so that a broken object can still be found and deleted.
 *
 * @param sharing - makes equal parts of many objects one; see `assignedIdentityDecoder`
 */
export function decodeAzureAssignedIdentity(
  json: unknown,
  sharing?: AssignedIdentitySharing,
): Decoded<AzureAssignedIdentity> {
  const problems: Problems = [];
  const named = readNamedObject(json, 'namespaced', problems);
  if (named === undefined) return { ok: false, problems };
  const { root, metadata, meta } = named;
  const spec = root.object('spec').withCanonicalNames(FIELDS);
  const azureBindingRef = readEmbedded(
    spec.object('azureBindingRef'),
    meta.namespace,
    problems,
    readEmbeddedBinding,
    sharing?.bindings,
  );
  const azureIdentityRef = readEmbedded(
    spec.object('azureIdentityRef'),
    azureBindingRef.namespace,
    problems,
    readEmbeddedIdentity,
    sharing?.identities,
  );
  const annotations = metadata.textMap('annotations');
  const nodeName = spec.text('nodename');
  const status = root.object('status');
  const conditions = readConditions(status, 'drop');
  const value: AzureAssignedIdentity = {
    namespace: meta.namespace,
    name: meta.name,
    uid: meta.uid,
    resourceVersion: meta.resourceVersion,
    annotations: sharing?.annotations.one(annotations) ?? annotations,
    finalizers: readFinalizers(metadata),
    deleting: isDeleting(metadata),
    labelled: metadata.object('labels').raw(NODE_LABEL) === nodeName,
    spec: {
      azureIdentityRef,
      azureBindingRef,
      pod: spec.text('pod'),
      podNamespace: spec.text('podNamespace'),
      nodeName: sharing?.nodeNames.one(nodeName) ?? nodeName,
    },
    status: readStatus(status, problems),
    conditions: sharing?.conditions.one(conditions) ?? conditions,
  };
  for (const field of ['pod', 'podNamespace'] as const) {
    if (value.spec[field] === '')
      report(problems, `spec.${field}`, 'is missing', 'delete the object: MIC writes it anew');
  }
  return { ok: true, value, problems };
}

/** Shared, because all objects of a cluster have the same one. */
const OUR_FINALIZER: readonly string[] = Object.freeze([ASSIGNED_IDENTITY_FINALIZER]);

function readFinalizers(metadata: JsonObject): readonly string[] {
  const finalizers = metadata.texts('finalizers');
  return finalizers.length === 1 && finalizers[0] === ASSIGNED_IDENTITY_FINALIZER
    ? OUR_FINALIZER
    : finalizers;
}

/** Reads an embedded object, or takes what was read of an equal one. */
function readEmbedded<T>(
  json: JsonObject,
  namespace: string,
  problems: Problems,
  read: (json: JsonObject, meta: ObjectMeta, problems: Problems) => T,
  once: DecodedOnce<T> | undefined,
): T {
  const meta = readEmbeddedMeta(json, namespace);
  if (once === undefined) return read(json, meta, problems);
  const key = `${meta.namespace}/${meta.name}/${meta.resourceVersion}`;
  return once.one(key, json, meta.namespace, problems, () => read(json, meta, problems));
}

/** Conditions are those of the object itself, not of its copy in an assignment. */
function readEmbeddedIdentity(json: JsonObject, meta: ObjectMeta, problems: Problems): AzureIdentity {
  const { spec, resource } = readIdentitySpec(json.object('spec'), problems);
  return {
    namespace: meta.namespace,
    name: meta.name,
    uid: meta.uid,
    resourceVersion: meta.resourceVersion,
    annotations: ownAnnotations(json.object('metadata')),
    spec,
    resource,
    generation: undefined,
    conditions: NO_CONDITIONS,
  };
}

function readEmbeddedBinding(json: JsonObject, meta: ObjectMeta): AzureIdentityBinding {
  return {
    namespace: meta.namespace,
    name: meta.name,
    uid: meta.uid,
    resourceVersion: meta.resourceVersion,
    spec: readBindingSpec(json.object('spec')),
    generation: undefined,
    conditions: NO_CONDITIONS,
  };
}

/** The embedded objects have no namespace of their own only where somebody edited them: then it is the holder's. */
function readEmbeddedMeta(embedded: JsonObject, namespace: string): ObjectMeta {
  const metadata = embedded.object('metadata');
  return {
    namespace: metadata.text('namespace') || namespace,
    name: metadata.text('name'),
    uid: metadata.text('uid'),
    resourceVersion: metadata.text('resourceVersion'),
  };
}

function readStatus(status: JsonObject, problems: Problems): AssignedIdentityStatus | undefined {
  const text = status.withCanonicalNames(['status']).text('status');
  if (text === '') return undefined;
  const known = ASSIGNED_IDENTITY_STATUSES.find((candidate) => candidate === text);
  if (known === undefined) {
    report(
      problems,
      'status.status',
      `is "${text.slice(0, 40)}"`,
      `it reads as Created; known are ${ASSIGNED_IDENTITY_STATUSES.join(', ')}`,
    );
  }
  return known ?? 'Created';
}

/** Whether NMI may serve the assignment: `Assigned`, or without a status, as very old MICs wrote it. */
export function isAssigned(assigned: Pick<AzureAssignedIdentity, 'status'>): boolean {
  return assigned.status === undefined || assigned.status === 'Assigned';
}

/** Key of the identity that is assigned. */
export function assignedIdentityKey(assigned: AzureAssignedIdentity): ObjectKey {
  const { namespace, name } = assigned.spec.azureIdentityRef;
  return { namespace, name };
}
