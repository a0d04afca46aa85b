import { isRecord } from '@aad-pod-identity/core';

/** One parsed Kubernetes object of unknown kind. */
export interface Manifest {
  readonly json: Readonly<Record<string, unknown>>;
  /** Where it stands in the input, counted from 1: `object 3`, `object 3, item 2`. */
  readonly position: string;
}

/** Namespace of an object that names none, as kubectl takes it by default. */
const DEFAULT_NAMESPACE = 'default';
const WORKLOADS: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
]);
/** Lists within lists are no Kubernetes; a bound keeps hostile input from recursing. */
const MAX_DEPTH = 4;

/** The objects of the input, with every `List` taken apart. Anything else than an object is left out, as an empty YAML document is. */
export function* manifestsIn(
  objects: Iterable<unknown>,
  within = 'object',
  depth = 0,
): IterableIterator<Manifest> {
  let number = 0;
  for (const json of objects) {
    number += 1;
    if (!isRecord(json)) continue;
    const position = `${within} ${number}`;
    const items = json['items'];
    if (!Array.isArray(items)) yield { json, position };
    else if (depth < MAX_DEPTH) yield* manifestsIn(items as unknown[], `${position}, item`, depth + 1);
  }
}

/** Kind of the object; empty when it names none. */
export function kindOf(manifest: Manifest): string {
  const kind = manifest.json['kind'];
  return typeof kind === 'string' ? kind : '';
}

/** A copy that is in the default namespace if it was in none. */
export function withNamespace(json: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const metadata = json['metadata'];
  if (!isRecord(metadata) || (metadata['namespace'] ?? '') !== '') return json;
  return { ...json, metadata: { ...metadata, namespace: DEFAULT_NAMESPACE } };
}

/**
 * One pod of a workload's template, under the workload's name and namespace. Undefined when the object is no workload.
 */
export function podOfWorkload(manifest: Manifest): Manifest | undefined {
  const kind = kindOf(manifest);
  const { json, position } = manifest;
  if (kind === 'CronJob') {
    const job = at(json, 'spec', 'jobTemplate');
    return podOfWorkload({ json: { ...job, kind: 'Job', metadata: json['metadata'] }, position });
  }
  if (!WORKLOADS.has(kind)) return undefined;
  const template = at(json, 'spec', 'template');
  const { name, namespace } = at(json, 'metadata');
  const { labels } = at(template, 'metadata');
  return {
    json: { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec: template['spec'] },
    position,
  };
}

function at(
  json: Readonly<Record<string, unknown>>,
  ...path: readonly string[]
): Readonly<Record<string, unknown>> {
  let place = json;
  for (const field of path) {
    const next = Object.hasOwn(place, field) ? place[field] : undefined;
    place = isRecord(next) ? next : {};
  }
  return place;
}
