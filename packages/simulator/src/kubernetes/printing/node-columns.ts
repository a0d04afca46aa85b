/**
 * The columns of nodes.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { arrayAt, objectAt, stringAt } from '../json.js';
import { type Column } from './column.js';
import { ageColumn, column, nameColumn } from './standard-columns.js';

/** What `kubectl get nodes` shows. */
export const nodeColumns: readonly Column[] = [
  nameColumn,
  column('Status', nodeStatus),
  column('Roles', nodeRoles),
  ageColumn,
  column('Version', (node) => nodeInfo(node, 'kubeletVersion')),
  column('Internal-IP', (node) => addressOf(node, 'InternalIP'), 1),
  column('External-IP', (node) => addressOf(node, 'ExternalIP'), 1),
  column('OS-Image', (node) => nodeInfo(node, 'osImage') || '<unknown>', 1),
  column('Kernel-Version', (node) => nodeInfo(node, 'kernelVersion') || '<unknown>', 1),
  column('Container-Runtime', (node) => nodeInfo(node, 'containerRuntimeVersion') || '<unknown>', 1),
];

const rolePrefix = 'node-role.kubernetes.io/';

function nodeStatus(node: KubernetesObject): string {
  const ready = arrayAt(objectAt(node, 'status'), 'conditions').find(
    (condition) => stringAt(condition, 'type') === 'Ready',
  );
  const state = ready === undefined ? 'Unknown' : stringAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
  return objectAt(node, 'spec')['unschedulable'] === true ? `${state},SchedulingDisabled` : state;
}

function nodeRoles(node: KubernetesObject): string {
  const roles = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix)) return key.slice(rolePrefix.length);
    return key === 'kubernetes.io/role' ? value : [];
  });
  const named = roles.filter((role) => role !== '').sort();
  return named.length === 0 ? '<none>' : named.join(',');
}

function nodeInfo(node: KubernetesObject, field: string): string {
  return stringAt(objectAt(node, 'status', 'nodeInfo'), field);
}

function addressOf(node: KubernetesObject, type: string): string {
  const address = arrayAt(objectAt(node, 'status'), 'addresses').find(
    (entry) => stringAt(entry, 'type') === type,
  );
  return stringAt(address, 'address') || '<none>';
}
