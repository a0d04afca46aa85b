import { readConditions, type StandingConditions } from './condition.js';
import type { Decoded } from './decoded.js';
import { report, type JsonObject, type Problems } from './json-object.js';
import { readNamedObject, type ObjectMeta } from './object-meta.js';

/** `spec` of an {@link AzureIdentityBinding} in canonical spelling. */
export interface AzureIdentityBindingSpec {
  /** Name of an AzureIdentity in the binding's own namespace. */
  readonly azureIdentity: string;
  /** Value of the label `aadpodidbinding` of the pods it selects; empty selects nothing. */
  readonly selector: string;
  /** Where several grants fit a request that names no identity, the highest wins. Absent means 0. */
  readonly weight: number;
}

/** Binds the pods with a label value to an identity. */
export interface AzureIdentityBinding extends ObjectMeta {
  readonly spec: AzureIdentityBindingSpec;
  /** `metadata.generation`, which counts changes of the spec; undefined where absent, as in an assignment. */
  readonly generation: number | undefined;
  /** Empty where the binding is embedded in an assignment. */
  readonly conditions: StandingConditions;
}

const FIELDS = ['azureIdentity', 'selector', 'weight', 'metadata'] as const;

/** Decodes an AzureIdentityBinding from untrusted JSON: any casing of a known field in, canonical spelling out. Never throws. */
export function decodeAzureIdentityBinding(json: unknown): Decoded<AzureIdentityBinding> {
  const problems: Problems = [];
  const named = readNamedObject(json, 'namespaced', problems);
  if (named === undefined) return { ok: false, problems };
  const spec = readBindingSpec(named.root.object('spec'));
  const missing = (path: string): boolean => !problems.some((problem) => problem.path === path);
  if (spec.azureIdentity === '' && missing('spec.azureIdentity')) {
    report(
      problems,
      'spec.azureIdentity',
      'is missing',
      `write the name of an AzureIdentity in namespace "${named.meta.namespace}"`,
    );
  }
  if (spec.selector === '' && missing('spec.selector')) {
    report(
      problems,
      'spec.selector',
      'is empty, so it selects no pod',
      'write the value of the label aadpodidbinding of the pods',
    );
  }
  const { meta, metadata, root } = named;
  const value: AzureIdentityBinding = {
    namespace: meta.namespace,
    name: meta.name,
    uid: meta.uid,
    resourceVersion: meta.resourceVersion,
    spec,
    generation: metadata.integer('generation'),
    conditions: readConditions(root.object('status')),
  };
  return { ok: true, value, problems };
}

/** Reads the spec of a binding, embedded or not. */
export function readBindingSpec(json: JsonObject): AzureIdentityBindingSpec {
  const spec = json.withCanonicalNames(FIELDS);
  return {
    azureIdentity: spec.text('azureIdentity'),
    selector: spec.text('selector'),
    weight: spec.integer('weight') ?? 0,
  };
}
