/**
 * The rules of Deployments, DaemonSets and ReplicaSets. They are stored; nothing acts on them.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { type FieldError, invalidValue, required } from '../field-error.js';
import { isJsonObject, type JsonObject, jsonEqual, objectAt } from '../json.js';
import { fillPodSpec } from './pod-defaults.js';
import { type Strategy } from './resource-definition.js';

interface WorkloadDefaults {
  readonly spec: Readonly<JsonObject>;
  readonly status: Readonly<JsonObject>;
}

const defaults: Readonly<Record<string, WorkloadDefaults>> = {
  DaemonSet: {
    spec: {
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    },
    status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  },
  Deployment: {
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    },
    status: {},
  },
  ReplicaSet: { spec: { replicas: 1 }, status: { replicas: 0 } },
};

/** Defaults of the workload and of its pods; a selector that fits them and stays. */
export const workloadStrategy: Strategy = {
  prepareCreate(workload) {
    fill(workload);
    workload['status'] = { ...defaults[workload.kind]?.status };
  },
  prepareUpdate: fill,
  validate(workload, previous) {
    const spec = objectAt(workload, 'spec');
    const errors: FieldError[] = [];
    if (!isJsonObject(spec['selector'])) errors.push(required('spec.selector'));
    if (previous !== undefined && !jsonEqual(spec['selector'], objectAt(previous, 'spec')['selector'])) {
      errors.push(invalidValue('spec.selector', spec['selector'], 'field is immutable'));
    }
    const wanted = objectAt(spec, 'selector', 'matchLabels');
    const labels = objectAt(spec, 'template', 'metadata', 'labels');
    if (Object.entries(wanted).some(([key, value]) => labels[key] !== value)) {
      const detail = '`selector` does not match template `labels`';
      errors.push(invalidValue('spec.template.metadata.labels', labels, detail));
    }
    return errors;
  },
};

function fill(workload: KubernetesObject): void {
  const spec = objectAt(workload, 'spec');
  const template = objectAt(spec, 'template');
  workload['spec'] = {
    ...defaults[workload.kind]?.spec,
    ...spec,
    template: { metadata: {}, ...template, spec: fillPodSpec(objectAt(template, 'spec')) },
  };
}
