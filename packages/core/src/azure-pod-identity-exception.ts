import type { Decoded } from './decoded.js';
import { report, type Problems } from './json-object.js';
import { readNamedObject, type ObjectMeta } from './object-meta.js';

/** Lets token requests of the pods with these labels, in its own namespace, pass through to IMDS unchanged. */
export interface AzurePodIdentityException extends ObjectMeta {
  readonly spec: {
    /** Empty matches nothing. */
    readonly podLabels: Readonly<Record<string, string>>;
  };
}

/** Decodes an AzurePodIdentityException from untrusted JSON: any casing of a known field in, canonical spelling out. Never throws. */
export function decodeAzurePodIdentityException(json: unknown): Decoded<AzurePodIdentityException> {
  const problems: Problems = [];
  const named = readNamedObject(json, 'namespaced', problems);
  if (named === undefined) return { ok: false, problems };
  const spec = named.root.object('spec').withCanonicalNames(['podLabels', 'metadata']);
  const reported = problems.length;
  const podLabels = spec.textMap('podLabels');
  if (problems.length > reported) {
    // A label that can't be read must not widen the exception: without all of its labels it excepts nobody.
    report(
      problems,
      'spec.podLabels',
      'can not be read whole, so it excepts no pod',
      'write an object of strings',
    );
    return { ok: true, value: { ...named.meta, spec: { podLabels: {} } }, problems };
  }
  if (Object.keys(podLabels).length === 0) {
    report(
      problems,
      'spec.podLabels',
      'is empty, so it excepts no pod',
      'write the labels of the pods to except',
    );
  }
  return { ok: true, value: { ...named.meta, spec: { podLabels } }, problems };
}
