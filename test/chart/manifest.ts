/**
 * Rendered manifests as objects.
 *
 * @module
 */
import { parseAllDocuments } from 'yaml';

/** An object of Kubernetes, as far as the tests look at it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly podLabels?: Readonly<Record<string, string>>;
    readonly template?: PodTemplate;
  };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
  readonly data?: Readonly<Record<string, string>>;
}

/** One rule of a role. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** What a Deployment, DaemonSet or Job makes pods of. */
export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly serviceAccountName?: string;
    readonly hostNetwork?: boolean;
    readonly securityContext?: Readonly<Record<string, unknown>>;
    readonly tolerations?: readonly object[];
    readonly volumes?: readonly Readonly<Record<string, unknown>>[];
    readonly containers: readonly Container[];
  };
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number | string };
}

/** A container of such a pod. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

/** @throws Error with the first syntax error */
export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const object = document.toJS() as Manifest | null;
    return object === null ? [] : [object];
  });
}

/** @throws Error where there is not exactly one */
export function only(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${found.length} of ${kind} ${name ?? ''} in ${manifests.map(describe).join(', ')}`);
  return first;
}

function describe({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}

/** Every container of these manifests, with what makes its pods. */
export function containersOf(
  manifests: readonly Manifest[],
): readonly { readonly owner: Manifest; readonly container: Container }[] {
  return manifests.flatMap((owner) =>
    (owner.spec?.template?.spec.containers ?? []).map((container) => ({ owner, container })),
  );
}
