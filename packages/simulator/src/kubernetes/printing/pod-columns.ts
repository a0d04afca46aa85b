/**
 * The columns of pods.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { arrayAt, isJsonObject, numberAt, objectAt, stringAt } from '../json.js';
import { type Column } from './column.js';
import { ageColumn, column, nameColumn } from './standard-columns.js';

/** What `kubectl get pods` shows. */
export const podColumns: readonly Column[] = [
  nameColumn,
  column('Ready', readiness),
  column('Status', podStatus),
  column('Restarts', (pod) => String(sumOfRestarts(pod))),
  ageColumn,
  column('IP', (pod) => orNone(stringAt(arrayAt(objectAt(pod, 'status'), 'podIPs')[0], 'ip')), 1),
  column('Node', (pod) => orNone(stringAt(objectAt(pod, 'spec'), 'nodeName')), 1),
  column('Nominated Node', (pod) => orNone(stringAt(objectAt(pod, 'status'), 'nominatedNodeName')), 1),
  column('Readiness Gates', readinessGates, 1),
];

function orNone(text: string): string {
  return text === '' ? '<none>' : text;
}

function statuses(pod: KubernetesObject): unknown[] {
  return arrayAt(objectAt(pod, 'status'), 'containerStatuses');
}

function readiness(pod: KubernetesObject): string {
  const ready = statuses(pod).filter(isRunning);
  return `${ready.length}/${arrayAt(objectAt(pod, 'spec'), 'containers').length}`;
}

function sumOfRestarts(pod: KubernetesObject): number {
  return statuses(pod).reduce<number>((sum, status) => sum + numberAt(status, 'restartCount'), 0);
}

/** The phase, or the reason why a container doesn't run, or that the pod ends. */
function podStatus(pod: KubernetesObject): string {
  const status = objectAt(pod, 'status');
  const phase = stringAt(status, 'phase');
  let text = stringAt(status, 'reason') || phase;
  for (const container of statuses(pod).toReversed()) text = containerReason(container) || text;
  if (text === 'Completed' && statuses(pod).some(isRunning)) {
    const ready = arrayAt(status, 'conditions').find((condition) => stringAt(condition, 'type') === 'Ready');
    text = stringAt(ready, 'status') === 'True' ? 'Running' : 'NotReady';
  }
  const ends = pod.metadata.deletionTimestamp !== undefined && phase !== 'Succeeded' && phase !== 'Failed';
  return ends ? 'Terminating' : text;
}

/** Why a container doesn't run; `''` where it does. */
function containerReason(container: unknown): string {
  const state = objectAt(container, 'state');
  const waiting = stringAt(objectAt(state, 'waiting'), 'reason');
  if (waiting !== '' || !isJsonObject(state['terminated'])) return waiting;
  const { reason, signal, exitCode } = state['terminated'];
  if (typeof reason === 'string' && reason !== '') return reason;
  return typeof signal === 'number' && signal !== 0
    ? `Signal:${signal}`
    : `ExitCode:${Number(exitCode ?? 0)}`;
}

function isRunning(container: unknown): boolean {
  return (
    isJsonObject(container) &&
    container['ready'] === true &&
    isJsonObject(objectAt(container, 'state')['running'])
  );
}

function readinessGates(pod: KubernetesObject): string {
  const gates = arrayAt(objectAt(pod, 'spec'), 'readinessGates');
  if (gates.length === 0) return '<none>';
  const conditions = arrayAt(objectAt(pod, 'status'), 'conditions');
  const open = gates.filter((gate) =>
    conditions.some(
      (condition) =>
        stringAt(condition, 'type') === stringAt(gate, 'conditionType') &&
        stringAt(condition, 'status') === 'True',
    ),
  );
  return `${open.length}/${gates.length}`;
}
