/**
 * The rules of the other built-in kinds: few, those that MIC, NMI and kubectl can notice.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { forbiddenField, type FieldError, invalidValue } from '../field-error.js';
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
    const status = objectAt(node, 'status');
    const { capacity, allocatable = capacity } = status;
    node['status'] = { ...status, ...(allocatable !== undefined && { allocatable }) };
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
