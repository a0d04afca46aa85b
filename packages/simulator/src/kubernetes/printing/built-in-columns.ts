/**
 * The columns of the smaller built-in kinds.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { arrayAt, numberAt, objectAt, stringAt } from '../json.js';
import { type Column } from './column.js';
import { ageColumn, column, count, nameColumn, templateColumns } from './standard-columns.js';

/** What `kubectl get namespaces` shows. */
export const namespaceColumns: readonly Column[] = [
  nameColumn,
  column('Status', (namespace) => stringAt(objectAt(namespace, 'status'), 'phase')),
  ageColumn,
];

/** What `kubectl get secrets` shows: how many keys, never a value. */
export const secretColumns: readonly Column[] = [
  nameColumn,
  column('Type', (secret) => stringAt(secret, 'type')),
  column('Data', (secret) => Object.keys(objectAt(secret, 'data')).length),
  ageColumn,
];

/** What `kubectl get configmaps` shows. */
export const configMapColumns: readonly Column[] = [
  nameColumn,
  column(
    'Data',
    (map) => Object.keys(objectAt(map, 'data')).length + Object.keys(objectAt(map, 'binaryData')).length,
  ),
  ageColumn,
];

/** What `kubectl get endpoints` shows. */
export const endpointsColumns: readonly Column[] = [
  nameColumn,
  column('Endpoints', (endpoints) => addresses(endpoints)),
  ageColumn,
];

/** What `kubectl get serviceaccounts` shows. */
export const serviceAccountColumns: readonly Column[] = [
  nameColumn,
  column('Secrets', (account) => arrayAt(account, 'secrets').length),
  ageColumn,
];

/** What `kubectl get leases` shows. */
export const leaseColumns: readonly Column[] = [
  nameColumn,
  column('Holder', (lease) => stringAt(objectAt(lease, 'spec'), 'holderIdentity')),
  ageColumn,
];

/** What `kubectl get daemonsets` shows. */
export const daemonSetColumns: readonly Column[] = [
  nameColumn,
  count('Desired', 'status', 'desiredNumberScheduled'),
  count('Current', 'status', 'currentNumberScheduled'),
  count('Ready', 'status', 'numberReady'),
  count('Up-to-date', 'status', 'updatedNumberScheduled'),
  count('Available', 'status', 'numberAvailable'),
  column('Node Selector', nodeSelector),
  ageColumn,
  ...templateColumns,
];

/** What `kubectl get deployments` shows. */
export const deploymentColumns: readonly Column[] = [
  nameColumn,
  column('Ready', (deployment) => {
    const ready = numberAt(objectAt(deployment, 'status'), 'readyReplicas');
    return `${ready}/${numberAt(objectAt(deployment, 'spec'), 'replicas')}`;
  }),
  count('Up-to-date', 'status', 'updatedReplicas'),
  count('Available', 'status', 'availableReplicas'),
  ageColumn,
  ...templateColumns,
];

/** What `kubectl get replicasets` shows. */
export const replicaSetColumns: readonly Column[] = [
  nameColumn,
  count('Desired', 'spec', 'replicas'),
  count('Current', 'status', 'replicas'),
  count('Ready', 'status', 'readyReplicas'),
  ageColumn,
  ...templateColumns,
];

/** What `kubectl get rolebindings` and `clusterrolebindings` show. */
export const roleBindingColumns: readonly Column[] = [
  nameColumn,
  column('Role', (binding) => {
    const role = objectAt(binding, 'roleRef');
    return `${stringAt(role, 'kind')}/${stringAt(role, 'name')}`;
  }),
  ageColumn,
  column('Users', (binding) => subjects(binding, 'User'), 1),
  column('Groups', (binding) => subjects(binding, 'Group'), 1),
  column('ServiceAccounts', (binding) => subjects(binding, 'ServiceAccount'), 1),
];

/** The first three, and how many more there are. */
function addresses(endpoints: KubernetesObject): string {
  const all = arrayAt(endpoints, 'subsets').flatMap((subset) => {
    const ips = arrayAt(subset, 'addresses').map((address) => stringAt(address, 'ip'));
    const ports = arrayAt(subset, 'ports').map((port) => numberAt(port, 'port'));
    return ports.length === 0 ? ips : ports.flatMap((port) => ips.map((ip) => `${ip}:${port}`));
  });
  if (all.length === 0) return '<none>';
  const more = all.length > 3 ? ` + ${all.length - 3} more...` : '';
  return `${all.slice(0, 3).join(',')}${more}`;
}

function nodeSelector(daemonSet: KubernetesObject): string {
  const labels = Object.entries(objectAt(daemonSet, 'spec', 'template', 'spec', 'nodeSelector'));
  return labels.length === 0 ? '<none>' : labels.map(([key, value]) => `${key}=${String(value)}`).join(',');
}

function subjects(binding: KubernetesObject, kind: string): string {
  return arrayAt(binding, 'subjects')
    .filter((subject) => stringAt(subject, 'kind') === kind)
    .map((subject) => {
      const namespace = stringAt(subject, 'namespace');
      return namespace === '' ? stringAt(subject, 'name') : `${namespace}/${stringAt(subject, 'name')}`;
    })
    .join(', ');
}
