/**
 * The rules of events: those of old, and the stricter ones for events with an `eventTime`.
 *
 * @module
 */
import { type KubernetesObject, namespaceOf } from '../api-object.js';
import { type FieldError, invalidValue, required } from '../field-error.js';
import { objectAt, stringAt } from '../json.js';
import { qualifiedNameProblem } from '../objects/names.js';
import { microTimeProblem, timeProblem } from './kubernetes-time.js';
import { type Strategy } from './resource-definition.js';

/** The longest texts of an event with an `eventTime`, in characters. */
const longest: Readonly<Record<string, number>> = {
  reportingInstance: 128,
  action: 128,
  reason: 128,
  message: 1024,
};

/** Events as `v1` takes them. */
export const eventStrategy: Strategy = {
  prepareCreate(event) {
    for (const field of ['firstTimestamp', 'lastTimestamp', 'eventTime']) event[field] ??= null;
    event['source'] ??= {};
    event['reportingComponent'] ??= '';
    event['reportingInstance'] ??= '';
  },
  typeProblem(event) {
    return (
      timeProblem(event['firstTimestamp']) ??
      timeProblem(event['lastTimestamp']) ??
      microTimeProblem(event['eventTime']) ??
      microTimeProblem(objectAt(event, 'series')['lastObservedTime'])
    );
  },
  validate: (event) => problems(event, 'reportingComponent'),
};

/** Events as `events.k8s.io/v1` takes them: with a time of their own, and without the fields of old. */
export const strictEventStrategy: Strategy = {
  ...eventStrategy,
  validate(event, previous) {
    const errors = problems(event, 'reportingController');
    if (previous !== undefined) return errors;
    if (!hasEventTime(event)) errors.push(required('eventTime'));
    const type = stringAt(event, 'type');
    if (type !== 'Normal' && type !== 'Warning') {
      errors.push(invalidValue('type', '', `has invalid value: ${type}`));
    }
    for (const field of ['firstTimestamp', 'lastTimestamp', 'count']) {
      if (![undefined, null, 0].includes(event[field] as null)) {
        errors.push(invalidValue(field, '', 'needs to be unset'));
      }
    }
    if (Object.keys(objectAt(event, 'source')).length > 0) {
      errors.push(invalidValue('source', '', 'needs to be unset'));
    }
    return errors;
  },
};

function hasEventTime(event: KubernetesObject): boolean {
  return stringAt(event, 'eventTime') !== '';
}

/** Events are about something in their own namespace; those about what has none stand in `default`. */
function problems(event: KubernetesObject, reporter: string): FieldError[] {
  const involved = stringAt(objectAt(event, 'involvedObject'), 'namespace');
  const namespace = namespaceOf(event);
  const mismatch = invalidValue('involvedObject.namespace', involved, 'does not match event.namespace');
  if (!hasEventTime(event)) {
    const fits = involved === namespace || (involved === '' && namespace === 'default');
    return fits ? [] : [mismatch];
  }
  const errors: FieldError[] = [];
  if (involved === '' && namespace !== 'default' && namespace !== 'kube-system') errors.push(mismatch);
  const controller = stringAt(event, 'reportingComponent');
  if (controller === '') errors.push(required(reporter));
  const problem = qualifiedNameProblem(controller);
  if (problem !== undefined) errors.push(invalidValue(reporter, controller, problem));
  for (const [field, length] of Object.entries(longest)) {
    const text = stringAt(event, field);
    if (text === '' && field !== 'message') errors.push(required(field));
    if (text.length > length) errors.push(invalidValue(field, '', `can have at most ${length} characters`));
  }
  return errors;
}
