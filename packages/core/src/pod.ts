import { BINDING_LABEL } from './constants.js';
import type { Decoded } from './decoded.js';
import { JsonObject, type Problems } from './json-object.js';
import { isDeleting, readNamedObject, type ObjectMeta } from './object-meta.js';
import type { Sharing } from './sharing.js';

/** The part of a pod that matching, assignment and NMI read. */
export interface Pod extends ObjectMeta {
  readonly labels: Readonly<Record<string, string>>;
  /** Empty while the pod is not scheduled. */
  readonly nodeName: string;
  /** `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`, or empty. */
  readonly phase: string;
  /** All addresses, the primary one first; empty before the pod has one. */
  readonly podIPs: readonly string[];
  /** A pod in the node's network has the node's address, as others have: no address tells who it is. */
  readonly hostNetwork: boolean;
  /** It is being deleted; its containers may still run. */
  readonly deleting: boolean;
}

/** What {@link decodePod} may leave out. */
export interface DecodePodOptions {
  /** Labels to keep; all by default. MIC needs {@link BINDING_LABEL} only, and holds every pod of the cluster. */
  readonly labels?: readonly string[];
  /** Whether to keep the addresses. @default true */
  readonly addresses?: boolean;
  /** Makes equal parts of many pods one. */
  readonly sharing?: PodSharing;
}

/** What the pods that one reader decodes have in common. */
export interface PodSharing {
  readonly labels: Sharing<Readonly<Record<string, string>>>;
  readonly nodeNames: Sharing<string>;
}

/** Decodes a pod from untrusted JSON to what this project reads of it. Never throws. */
export function decodePod(json: unknown, options: DecodePodOptions = {}): Decoded<Pod> {
  const problems: Problems = [];
  const named = readNamedObject(json, 'namespaced', problems);
  if (named === undefined) return { ok: false, problems };
  const { meta } = named;
  const spec = named.root.object('spec');
  const status = named.root.object('status');
  const { labels: wanted, addresses = true, sharing } = options;
  const labels = named.metadata.textMap(
    'labels',
    wanted === undefined ? undefined : (key) => wanted.includes(key),
  );
  const nodeName = spec.text('nodeName');
  const pod: Pod = {
    namespace: meta.namespace,
    name: meta.name,
    uid: meta.uid,
    resourceVersion: meta.resourceVersion,
    labels: sharing?.labels.one(labels) ?? labels,
    nodeName: sharing?.nodeNames.one(nodeName) ?? nodeName,
    phase: readPhase(status),
    podIPs: addresses ? readAddresses(status, problems) : NO_ADDRESSES,
    hostNetwork: spec.flag('hostNetwork'),
    deleting: isDeleting(named.metadata),
  };
  return { ok: true, value: pod, problems };
}

/** The literals themselves, so that pods by the thousand share them. */
const PHASES: ReadonlyMap<string, string> = new Map(
  ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'].map((phase) => [phase, phase]),
);

function readPhase(status: JsonObject): string {
  const phase = status.text('phase');
  return PHASES.get(phase) ?? phase;
}

const NO_ADDRESSES: readonly string[] = Object.freeze([]);

function readAddresses(status: JsonObject, problems: Problems): readonly string[] {
  const addresses = new Set([status.text('podIP')]);
  for (const [index, entry] of status.list('podIPs').entries()) {
    addresses.add(JsonObject.read(entry, `status.podIPs[${index}]`, problems).text('ip'));
  }
  addresses.delete('');
  return [...addresses];
}

/** Value of the label that bindings are compared with; empty when the pod has none. */
export function bindingLabel(pod: Pick<Pod, 'labels'>): string {
  return pod.labels[BINDING_LABEL] ?? '';
}

/** Whether the pod ran to its end and will not run again. */
export function isFinished(pod: Pick<Pod, 'phase'>): boolean {
  return pod.phase === 'Succeeded' || pod.phase === 'Failed';
}
