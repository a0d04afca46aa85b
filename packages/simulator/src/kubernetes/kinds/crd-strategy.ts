/**
 * The rules of CustomResourceDefinitions. They are established at once: their names are theirs unless a kind that is
 * there has them.
 *
 * @module
 */
import { type KubernetesObject, nameOf, timestamp } from '../api-object.js';
import { type FieldError, invalidValue, required, unsupportedValue } from '../field-error.js';
import { arrayAt, isJsonObject, type JsonObject, objectAt, stringAt } from '../json.js';
import { type Strategy } from './resource-definition.js';

const approval = 'api-approved.kubernetes.io';

/** Fills in names and status; refuses what could not be served. */
export const crdStrategy: Strategy = {
  prepareCreate(crd) {
    fillSpec(crd);
    crd['status'] = statusOf(crd, []);
  },
  prepareUpdate(crd, previous) {
    fillSpec(crd);
    crd['status'] = statusOf(crd, arrayAt(objectAt(previous, 'status'), 'conditions'));
  },
  validate: crdProblems,
};

function fillSpec(crd: KubernetesObject): void {
  const spec = objectAt(crd, 'spec');
  const names = objectAt(spec, 'names');
  const kind = stringAt(names, 'kind');
  crd['spec'] = {
    conversion: { strategy: 'None' },
    ...spec,
    names: { singular: kind.toLowerCase(), listKind: `${kind}List`, ...names },
  };
}

/** The conditions keep the time at which they came about: that of the creation of the definition. */
function statusOf(crd: KubernetesObject, before: readonly unknown[]): JsonObject {
  const spec = objectAt(crd, 'spec');
  const time = crd.metadata.creationTimestamp ?? timestamp(0);
  const condition = (type: string, reason: string, message: string): unknown =>
    before.find((entry) => stringAt(entry, 'type') === type) ?? {
      type,
      status: 'True',
      reason,
      message,
      lastTransitionTime: time,
    };
  const stored = arrayAt(spec, 'versions')
    .filter((version) => isJsonObject(version) && version['storage'] === true)
    .map((version) => stringAt(version, 'name'));
  const { group } = spec;
  const annotation = crd.metadata.annotations?.[approval];
  return {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ...(isProtected(group) && annotation !== undefined ? [approvalCondition(annotation, time)] : []),
    ],
    acceptedNames: spec['names'],
    storedVersions: stored,
  };
}

function approvalCondition(annotation: string, time: string): JsonObject {
  const approved = !annotation.startsWith('unapproved');
  return {
    type: 'KubernetesAPIApprovalPolicyConformant',
    status: approved ? 'True' : 'False',
    reason: approved ? 'ApprovedAnnotation' : 'UnapprovedAnnotation',
    message: approved ? `approved in ${annotation}` : `not approved: ${JSON.stringify(annotation)}`,
    lastTransitionTime: time,
  };
}

function isProtected(group: unknown): boolean {
  return typeof group === 'string' && /(^|\.)(k8s|kubernetes)\.io$/.test(group);
}

function crdProblems(crd: KubernetesObject): FieldError[] {
  const spec = objectAt(crd, 'spec');
  const names = objectAt(spec, 'names');
  const group = stringAt(spec, 'group');
  const plural = stringAt(names, 'plural');
  const errors: FieldError[] = [];
  if (group === '') errors.push(required('spec.group'));
  if (plural === '') errors.push(required('spec.names.plural'));
  if (stringAt(names, 'kind') === '') errors.push(required('spec.names.kind'));
  if (nameOf(crd) !== `${plural}.${group}`) {
    errors.push(invalidValue('metadata.name', nameOf(crd), 'must be spec.names.plural+"."+spec.group'));
  }
  const scope = stringAt(spec, 'scope');
  if (scope !== 'Namespaced' && scope !== 'Cluster') {
    errors.push(
      scope === ''
        ? required('spec.scope')
        : unsupportedValue('spec.scope', scope, ['Cluster', 'Namespaced']),
    );
  }
  return [...errors, ...versionProblems(arrayAt(spec, 'versions')), ...approvalProblems(crd, group)];
}

function versionProblems(versions: readonly unknown[]): FieldError[] {
  const stored = versions.filter((version) => isJsonObject(version) && version['storage'] === true);
  const errors: FieldError[] = [];
  if (stored.length !== 1) {
    errors.push(
      invalidValue('spec.versions', stored.length, 'must have exactly one version marked as storage version'),
    );
  }
  for (const [index, version] of versions.entries()) {
    if (!isJsonObject(objectAt(version, 'schema')['openAPIV3Schema'])) {
      errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required'));
    }
  }
  return errors;
}

/** Groups of the Kubernetes community are closed to definitions that don't say why they may use one. */
function approvalProblems(crd: KubernetesObject, group: string): FieldError[] {
  if (!isProtected(group)) return [];
  const path = 'metadata.annotations[api-approved.kubernetes.io]';
  const annotation = crd.metadata.annotations?.[approval] ?? '';
  const hint = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (annotation === '') {
    return [required(path, `protected groups must have approval annotation "${approval}", ${hint}`)];
  }
  if (annotation.startsWith('unapproved') || /^https?:\/\/[^/]+/.test(annotation)) return [];
  return [
    invalidValue(
      path,
      annotation,
      `protected groups must have approval annotation "${approval}" with either a URL or a reason starting with "unapproved", ${hint}`,
    ),
  ];
}
