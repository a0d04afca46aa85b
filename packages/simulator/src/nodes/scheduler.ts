/**
 * Which node a pod goes to.
 *
 * @module
 */
import type { KubernetesObject } from '../kubernetes/api-object.js';
import { isFinished, type Pod, type Toleration } from './pod-object.js';

/** A node, as far as it is looked at here. */
export interface Node extends KubernetesObject {
  spec?: { unschedulable?: boolean; taints?: Taint[] };
}

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** Whether the pod waits for a node. */
export function needsNode(pod: Pod): boolean {
  return (
    (pod.spec?.nodeName ?? '') === '' &&
    pod.metadata.deletionTimestamp === undefined &&
    (pod.spec?.schedulingGates ?? []).length === 0 &&
    !isFinished(pod)
  );
}

/**
 * The node for a pod: of those that its selector and their taints allow, the one with the fewest pods, by name where
 * several have as few. `undefined` where none is allowed.
 */
export function chooseNode(
  pod: Pod,
  nodes: readonly Node[],
  podsOn: (node: string) => number,
): string | undefined {
  const allowed = nodes
    .filter((node) => allows(node, pod))
    .map((node) => node.metadata.name ?? '')
    .sort();
  let best: string | undefined;
  for (const name of allowed) if (best === undefined || podsOn(name) < podsOn(best)) best = name;
  return best;
}

function allows(node: Node, pod: Pod): boolean {
  if (node.spec?.unschedulable === true) return false;
  const labels = node.metadata.labels ?? {};
  const selector = Object.entries(pod.spec?.nodeSelector ?? {});
  if (!selector.every(([name, value]) => labels[name] === value)) return false;
  const taints = (node.spec?.taints ?? []).filter(
    ({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute',
  );
  return taints.every((taint) =>
    (pod.spec?.tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  );
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== '' && toleration.effect !== taint.effect)
    return false;
  if (toleration.operator === 'Exists') return (toleration.key ?? '') === '' || toleration.key === taint.key;
  return toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
}
