/**
 * The rules of the other built-in kinds: few, those that MIC, NMI and kubectl can notice.
 *
 * @module
 */
import { namespaceOf, type KubernetesObject } from '../api-object.js';
import { forbiddenField, type FieldError, invalidValue, required } from '../field-error.js';
import { isJsonObject, jsonEqual, type JsonObject, objectAt, stringAt } from '../json.js';
import { type Strategy } from './resource-definition.js';

/** Namespaces are active from the start and bear their own name as a label. */
export const namespaceStrategy: Strategy = {
  prepareCreate(namespace) {
    labelWithName(namespace);
    namespace['spec'] = { finalizers: ['kubernetes'] };
    namespace['status'] = { phase: 'Active' };
  },
  prepareUpdate(namespace, previous) {
    labelWithName(namespace);
    namespace['spec'] = previous['spec'];
  },
  markDeleted(namespace) {
    namespace['status'] = { phase: 'Terminating' };
  },
};

function labelWithName({ metadata }: KubernetesObject): void {
  metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name ?? '' };
}

/** Nodes keep the status that they are created with: a kubelet registers with it. */
export const nodeStrategy: Strategy = {
  prepareCreate(node) {
    node['spec'] ??= {};
    node['status'] ??= {};
  },
};

/** `stringData` is a way to write `data`; the type never changes. */
export const secretStrategy: Strategy = {
  prepareCreate: mergeStringData,
  prepareUpdate: mergeStringData,
  validate(secret, previous) {
    const errors: FieldError[] = [];
    for (const [key, value] of Object.entries(objectAt(secret, 'data'))) {
      if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
        errors.push(
          invalidValue(
            `data[${key}]`,
            key,
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
          ),
        );
      }
      if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0) {
        errors.push(invalidValue(`data[${key}]`, '<value omitted>', 'must be base64'));
      }
    }
    if (previous !== undefined && secret['type'] !== previous['type']) {
      errors.push(invalidValue('type', secret['type'], 'field is immutable'));
    }
    return [...errors, ...immutableProblems(secret, previous)];
  },
};

function mergeStringData(secret: KubernetesObject): void {
  const text = secret['stringData'];
  if (isJsonObject(text)) {
    const encoded = Object.entries(text).map(([key, value]) => [
      key,
      Buffer.from(String(value)).toString('base64'),
    ]);
    secret['data'] = { ...objectAt(secret, 'data'), ...(Object.fromEntries(encoded) as JsonObject) };
  }
  delete secret['stringData'];
  secret['type'] = stringAt(secret, 'type') || 'Opaque';
}

/** ConfigMaps and Secrets can be closed for good. */
export const configMapStrategy: Strategy = { validate: immutableProblems };

function immutableProblems(object: KubernetesObject, previous: KubernetesObject | undefined): FieldError[] {
  if (previous?.['immutable'] !== true) return [];
  return ['immutable', 'data', 'binaryData']
    .filter((field) => !jsonEqual(object[field], previous[field]))
    .map((field) => forbiddenField(field, 'field is immutable when `immutable` is set'));
}

/** Events are about something in their own namespace; what is cluster-wide has its events in `default`. */
export const eventStrategy: Strategy = {
  prepareCreate(event) {
    for (const field of ['firstTimestamp', 'lastTimestamp', 'eventTime']) event[field] ??= null;
    event['source'] ??= {};
    event['reportingComponent'] ??= '';
    event['reportingInstance'] ??= '';
  },
  validate(event) {
    const involved = stringAt(objectAt(event, 'involvedObject'), 'namespace');
    const namespace = namespaceOf(event);
    if (
      involved === namespace ||
      (involved === '' && (namespace === 'default' || namespace === 'kube-system'))
    ) {
      return [];
    }
    return [invalidValue('involvedObject.namespace', involved, 'does not match event.namespace')];
  },
};

/** Leases last for some time and count their transitions upwards. */
export const leaseStrategy: Strategy = {
  prepareCreate(lease) {
    lease['spec'] ??= {};
  },
  validate(lease) {
    const errors: FieldError[] = [];
    const { leaseDurationSeconds: duration, leaseTransitions: transitions } = objectAt(lease, 'spec');
    if (typeof duration === 'number' && duration <= 0) {
      errors.push(invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
    }
    if (typeof transitions === 'number' && transitions < 0) {
      errors.push(invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
    }
    return errors;
  },
};

/** Deployments, DaemonSets and ReplicaSets are stored; nothing acts on them. */
export const workloadStrategy: Strategy = {
  prepareCreate(workload) {
    const spec = objectAt(workload, 'spec');
    workload['spec'] = workload.kind === 'DaemonSet' ? spec : { replicas: 1, ...spec };
    workload['status'] = {};
  },
  validate(workload, previous) {
    const spec = objectAt(workload, 'spec');
    const errors: FieldError[] = [];
    if (!isJsonObject(spec['selector'])) errors.push(required('spec.selector'));
    if (!isJsonObject(spec['template'])) errors.push(required('spec.template'));
    if (previous !== undefined && !jsonEqual(spec['selector'], objectAt(previous, 'spec')['selector'])) {
      errors.push(invalidValue('spec.selector', spec['selector'], 'field is immutable'));
    }
    const wanted = objectAt(spec, 'selector', 'matchLabels');
    const labels = objectAt(spec, 'template', 'metadata', 'labels');
    if (Object.entries(wanted).some(([key, value]) => labels[key] !== value)) {
      errors.push(
        invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
      );
    }
    return errors;
  },
};
