/**
 * The kinds that are there without a CustomResourceDefinition: those that MIC, NMI, kubectl and the manifests use.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { objectAt, stringAt } from '../json.js';
import { pathSegmentProblem, subdomainProblem, dnsLabelProblem } from '../objects/names.js';
import { eventColumns } from '../printing/event-columns.js';
import { nodeColumns } from '../printing/node-columns.js';
import { podColumns } from '../printing/pod-columns.js';
import { plainColumns } from '../printing/standard-columns.js';
import * as columns from '../printing/built-in-columns.js';
import { type SelectableFields } from '../selection/field-selector.js';
import * as strategies from './core-strategies.js';
import { crdStrategy } from './crd-strategy.js';
import { eventConversion } from './event-conversion.js';
import { eventStrategy, strictEventStrategy } from './event-strategy.js';
import { leaseStrategy } from './lease-strategy.js';
import { podStrategy } from './pod-strategy.js';
import { type ResourceDefinition } from './resource-definition.js';
import { workloadStrategy } from './workload-strategy.js';

type Given = Pick<ResourceDefinition, 'plural' | 'kind'> & Partial<ResourceDefinition>;

function define(given: Given): ResourceDefinition {
  const { group = '', plural, kind } = given;
  return {
    group,
    version: 'v1',
    singular: kind.toLowerCase(),
    listKind: `${kind}List`,
    shortNames: [],
    categories: [],
    namespaced: true,
    storage: group === '' ? plural : `${plural}.${group}`,
    custom: false,
    statusSubresource: false,
    returnsDeleted: false,
    unconditionalUpdate: true,
    createsOnUpdate: false,
    countsGenerations: false,
    nameProblem: subdomainProblem,
    selectableFields: {},
    unsupportedField: onlyMetadata,
    columns: plainColumns,
    strategy: {},
    ...given,
  };
}

function onlyMetadata(field: string): string {
  return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function notSupported(field: string): string {
  return `field label not supported: ${field}`;
}

/** Reads a text at a path such as `spec.nodeName`. */
function textAt(path: string): (object: KubernetesObject) => string {
  const parts = path.split('.');
  const field = parts.pop() ?? '';
  return (object) => stringAt(objectAt(object, ...parts), field);
}

function fields(...paths: string[]): SelectableFields {
  return Object.fromEntries(paths.map((path) => [path, textAt(path)]));
}

const events = {
  plural: 'events',
  kind: 'Event',
  shortNames: ['ev'],
  storage: 'events',
  createsOnUpdate: true,
  columns: eventColumns,
  strategy: eventStrategy,
  unsupportedField: notSupported,
  selectableFields: {
    ...fields(
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'type',
    ),
    source: textAt('source.component'),
  },
} as const;

const workload = {
  group: 'apps',
  categories: ['all'],
  statusSubresource: true,
  countsGenerations: true,
  strategy: workloadStrategy,
} as const;

const rbac = {
  group: 'rbac.authorization.k8s.io',
  nameProblem: pathSegmentProblem,
  createsOnUpdate: true,
} as const;

/** Every built-in kind, in the order of discovery. */
export const builtInResources: readonly ResourceDefinition[] = [
  define({
    plural: 'configmaps',
    kind: 'ConfigMap',
    shortNames: ['cm'],
    columns: columns.configMapColumns,
    strategy: strategies.configMapStrategy,
  }),
  define({
    plural: 'endpoints',
    kind: 'Endpoints',
    shortNames: ['ep'],
    createsOnUpdate: true,
    columns: columns.endpointsColumns,
  }),
  define(events),
  define({
    plural: 'namespaces',
    kind: 'Namespace',
    shortNames: ['ns'],
    namespaced: false,
    statusSubresource: true,
    returnsDeleted: true,
    nameProblem: dnsLabelProblem,
    selectableFields: fields('status.phase'),
    unsupportedField: notSupported,
    columns: columns.namespaceColumns,
    emptyFields: { spec: {}, status: {} },
    strategy: strategies.namespaceStrategy,
  }),
  define({
    plural: 'nodes',
    kind: 'Node',
    shortNames: ['no'],
    namespaced: false,
    statusSubresource: true,
    selectableFields: {
      'spec.unschedulable': (node) => String(objectAt(node, 'spec')['unschedulable'] === true),
    },
    unsupportedField: notSupported,
    columns: nodeColumns,
    strategy: strategies.nodeStrategy,
  }),
  define({
    plural: 'pods',
    kind: 'Pod',
    shortNames: ['po'],
    categories: ['all'],
    statusSubresource: true,
    returnsDeleted: true,
    countsGenerations: true,
    selectableFields: {
      ...fields(
        'spec.nodeName',
        'spec.restartPolicy',
        'spec.schedulerName',
        'spec.serviceAccountName',
        'status.phase',
        'status.podIP',
        'status.nominatedNodeName',
      ),
      'spec.hostNetwork': (pod) => String(objectAt(pod, 'spec')['hostNetwork'] === true),
    },
    unsupportedField: notSupported,
    columns: podColumns,
    emptyFields: { spec: { containers: null }, status: {} },
    strategy: podStrategy,
  }),
  define({
    plural: 'secrets',
    kind: 'Secret',
    selectableFields: fields('type'),
    unsupportedField: notSupported,
    columns: columns.secretColumns,
    strategy: strategies.secretStrategy,
  }),
  define({
    plural: 'serviceaccounts',
    kind: 'ServiceAccount',
    shortNames: ['sa'],
    returnsDeleted: true,
    columns: columns.serviceAccountColumns,
  }),
  define({ ...events, group: 'events.k8s.io', conversion: eventConversion, strategy: strictEventStrategy }),
  define({
    ...workload,
    plural: 'daemonsets',
    kind: 'DaemonSet',
    shortNames: ['ds'],
    columns: columns.daemonSetColumns,
  }),
  define({
    ...workload,
    plural: 'deployments',
    kind: 'Deployment',
    shortNames: ['deploy'],
    columns: columns.deploymentColumns,
  }),
  define({
    ...workload,
    plural: 'replicasets',
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    columns: columns.replicaSetColumns,
  }),
  define({
    group: 'coordination.k8s.io',
    plural: 'leases',
    kind: 'Lease',
    unconditionalUpdate: false,
    createsOnUpdate: true,
    columns: columns.leaseColumns,
    emptyFields: { spec: {} },
    strategy: leaseStrategy,
  }),
  define({ ...rbac, plural: 'roles', kind: 'Role' }),
  define({ ...rbac, plural: 'rolebindings', kind: 'RoleBinding', columns: columns.roleBindingColumns }),
  define({ ...rbac, plural: 'clusterroles', kind: 'ClusterRole', namespaced: false }),
  define({
    ...rbac,
    plural: 'clusterrolebindings',
    kind: 'ClusterRoleBinding',
    namespaced: false,
    columns: columns.roleBindingColumns,
  }),
  define({
    group: 'apiextensions.k8s.io',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    namespaced: false,
    statusSubresource: true,
    unconditionalUpdate: false,
    countsGenerations: true,
    strategy: crdStrategy,
  }),
];
