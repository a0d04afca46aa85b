import {
  decodeAzureAssignedIdentity,
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  decodeAzurePodIdentityException,
  decodeNode,
  decodePod,
  API_GROUP,
  GROUP_VERSION,
  objectKey,
  type Decoded,
  type Problem,
} from '@aad-pod-identity/core';
import { kindOf, manifestsIn, podOfWorkload, withNamespace, type Manifest } from './manifest.js';
import type { Snapshot } from './snapshot.js';

/** A problem, and the object that has it. */
export interface ObjectProblem extends Problem {
  /** `AzureIdentity team-a/billing`, or its position in the input where there is no usable name. */
  readonly object: string;
}

/** What {@link loadSnapshot} made of the objects. */
export interface LoadedSnapshot {
  readonly snapshot: Snapshot;
  /** Everything that is wrong, in the order of the input. */
  readonly problems: readonly ObjectProblem[];
}

/**
 * Sorts parsed YAML or JSON of any kind into a snapshot, for tests of policy over files and for tools. `List`s are taken
 * apart; a workload (Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob) stands for one pod of its template,
 * under the workload's name; what matching does not read is left out. An object without a namespace is in `default`, as
 * with kubectl; of two with the same name the later one counts.
 *
 * @example
 * ```ts
 * const { snapshot, problems } = loadSnapshot(parseAllDocuments(text).map((document) => document.toJS()));
 * const result = match(snapshot, { ...DEFAULT_POLICY, assumeScheduled: true });
 * ```
 */
export function loadSnapshot(objects: Iterable<unknown>): LoadedSnapshot {
  const problems: ObjectProblem[] = [];
  const pods = new Table('v1', 'Pod', decodePod, objectKey, problems);
  const nodes = new Table('v1', 'Node', decodeNode, (node) => node.name, problems);
  const identities = new Table(GROUP_VERSION, 'AzureIdentity', decodeAzureIdentity, objectKey, problems);
  const bindings = new Table(
    GROUP_VERSION,
    'AzureIdentityBinding',
    decodeAzureIdentityBinding,
    objectKey,
    problems,
  );
  const exceptions = new Table(
    GROUP_VERSION,
    'AzurePodIdentityException',
    decodeAzurePodIdentityException,
    objectKey,
    problems,
  );
  const assigned = new Table(
    GROUP_VERSION,
    'AzureAssignedIdentity',
    decodeAzureAssignedIdentity,
    objectKey,
    problems,
  );

  const tables = [pods, nodes, identities, bindings, exceptions, assigned];
  for (const manifest of manifestsIn(objects)) {
    const pod = podOfWorkload(manifest);
    if (pod !== undefined) pods.add(pod);
    else if (!tables.some((table) => table.add(manifest))) problems.push(...strangerOfOurGroup(manifest));
  }
  return {
    snapshot: {
      pods: pods.values(),
      bindings: bindings.values(),
      identities: identities.values(),
      exceptions: exceptions.values(),
      assignedIdentities: assigned.values(),
      nodes: nodes.values(),
    },
    problems,
  };
}

/** The objects of one kind, by key. */
class Table<T> {
  readonly #apiVersion: string;
  readonly #kind: string;
  readonly #decode: (json: unknown) => Decoded<T>;
  readonly #keyOf: (value: T) => string;
  readonly #problems: ObjectProblem[];
  readonly #values = new Map<string, T>();

  constructor(
    apiVersion: string,
    kind: string,
    decode: (json: unknown) => Decoded<T>,
    keyOf: (value: T) => string,
    problems: ObjectProblem[],
  ) {
    this.#apiVersion = apiVersion;
    this.#kind = kind;
    this.#decode = decode;
    this.#keyOf = keyOf;
    this.#problems = problems;
  }

  values(): readonly T[] {
    return [...this.#values.values()];
  }

  /** Takes the object if it is of this kind. @returns whether it is. */
  add(manifest: Manifest): boolean {
    if (
      kindOf(manifest) !== this.#kind ||
      (manifest.json['apiVersion'] ?? this.#apiVersion) !== this.#apiVersion
    )
      return false;
    const decoded = this.#decode(this.#kind === 'Node' ? manifest.json : withNamespace(manifest.json));
    const key = decoded.ok ? this.#keyOf(decoded.value) : undefined;
    const object = `${this.#kind} ${key ?? `(${manifest.position})`}`;
    for (const problem of decoded.problems) this.#problems.push({ object, ...problem });
    if (!decoded.ok || key === undefined) return true;
    if (this.#values.has(key)) {
      const message = 'stands twice; the later one counts';
      this.#problems.push({ object, path: '', message, fix: 'remove one of them' });
    }
    this.#values.set(key, decoded.value);
    return true;
  }
}

/** An object in the group of the custom resources that is none of them: a misspelled one, which would grant or restrict nothing. */
function strangerOfOurGroup(manifest: Manifest): ObjectProblem[] {
  const apiVersion = manifest.json['apiVersion'];
  if (typeof apiVersion !== 'string' || apiVersion.split('/', 1)[0] !== API_GROUP) return [];
  const kind = kindOf(manifest);
  const known = apiVersion === GROUP_VERSION;
  return [
    {
      object: `${kind === '' ? 'object' : kind} (${manifest.position})`,
      path: known ? 'kind' : 'apiVersion',
      message: known
        ? `there is no kind ${JSON.stringify(kind)} in ${GROUP_VERSION}`
        : `there is no version ${apiVersion}`,
      fix: known
        ? 'write AzureIdentity, AzureIdentityBinding, AzureAssignedIdentity or AzurePodIdentityException'
        : `write ${GROUP_VERSION}`,
    },
  ];
}
