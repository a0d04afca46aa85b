/**
 * The rules of pods.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { duplicateValue, type FieldError, forbiddenField, invalidValue, required } from '../field-error.js';
import { arrayAt, isJsonObject, type JsonObject, jsonEqual, numberAt, objectAt, stringAt } from '../json.js';
import { dnsLabelProblem } from '../objects/names.js';
import { fillPodSpec } from './pod-defaults.js';
import { type Strategy } from './resource-definition.js';

/** Defaults, an immutable spec, and a deletion that waits for the node. */
export const podStrategy: Strategy = {
  prepareCreate(pod) {
    fillSpec(pod);
    pod['status'] = { phase: 'Pending', qosClass: qualityOfService(pod) };
  },
  prepareUpdate(pod) {
    fillSpec(pod);
  },
  validate(pod, previous) {
    return [...containerProblems(pod), ...(previous === undefined ? [] : specChangeProblems(pod, previous))];
  },
  gracePeriod(pod, requested) {
    const spec = objectAt(pod, 'spec');
    const phase = stringAt(objectAt(pod, 'status'), 'phase');
    if (stringAt(spec, 'nodeName') === '' || phase === 'Succeeded' || phase === 'Failed') return undefined;
    const period = requested ?? numberAt(spec, 'terminationGracePeriodSeconds');
    return period === 0 ? undefined : period;
  },
};

/** What only pods have, and templates of pods don't. */
const podDefaults: Readonly<JsonObject> = {
  enableServiceLinks: true,
  preemptionPolicy: 'PreemptLowerPriority',
  priority: 0,
  serviceAccountName: 'default',
};

function fillSpec(pod: KubernetesObject): void {
  pod['spec'] = fillPodSpec({ ...podDefaults, ...objectAt(pod, 'spec') });
}

function qualityOfService(pod: KubernetesObject): string {
  const containers = arrayAt(objectAt(pod, 'spec'), 'containers');
  const resources = containers.map((container) => objectAt(container, 'resources'));
  if (resources.every((entry) => Object.keys(objectAt(entry, 'requests')).length === 0)) {
    const limited = resources.some((entry) => Object.keys(objectAt(entry, 'limits')).length > 0);
    if (!limited) return 'BestEffort';
  }
  const guaranteed = resources.every(({ limits, requests = limits }) => {
    const names = Object.keys(isJsonObject(limits) ? limits : {});
    return names.includes('cpu') && names.includes('memory') && jsonEqual(limits, requests);
  });
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function containerProblems(pod: KubernetesObject): FieldError[] {
  const containers = arrayAt(objectAt(pod, 'spec'), 'containers');
  if (containers.length === 0) return [required('spec.containers')];
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const path = `spec.containers[${index}]`;
    const name = stringAt(container, 'name');
    const problem = dnsLabelProblem(name);
    if (name === '') errors.push(required(`${path}.name`));
    else if (problem !== undefined) errors.push(invalidValue(`${path}.name`, name, problem));
    else if (names.has(name)) errors.push(duplicateValue(`${path}.name`, name));
    names.add(name);
    if (stringAt(container, 'image') === '') errors.push(required(`${path}.image`));
  }
  return errors;
}

const changeable =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function specChangeProblems(pod: KubernetesObject, previous: KubernetesObject): FieldError[] {
  const rest = (object: KubernetesObject): JsonObject => {
    const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, ...spec } = objectAt(object, 'spec');
    return {
      ...spec,
      containers: imageless(spec, 'containers'),
      initContainers: imageless(spec, 'initContainers'),
    };
  };
  return jsonEqual(rest(pod), rest(previous)) ? [] : [forbiddenField('spec', changeable)];
}

function imageless(spec: JsonObject, list: string): unknown[] {
  return arrayAt(spec, list).map((container) =>
    isJsonObject(container) ? { ...container, image: '' } : container,
  );
}
