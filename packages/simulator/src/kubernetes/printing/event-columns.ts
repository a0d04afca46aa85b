/**
 * The columns of events.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { numberAt, objectAt, stringAt } from '../json.js';
import { type Column } from './column.js';
import { ageSince } from './human-duration.js';
import { column, nameColumn } from './standard-columns.js';

/** What `kubectl get events` shows. */
export const eventColumns: readonly Column[] = [
  column('Last Seen', lastSeen),
  column('Type', (event) => stringAt(event, 'type')),
  column('Reason', (event) => stringAt(event, 'reason')),
  column('Object', (event) => {
    const involved = objectAt(event, 'involvedObject');
    const kind = stringAt(involved, 'kind').toLowerCase();
    const name = stringAt(involved, 'name');
    return name === '' ? kind : `${kind}/${name}`;
  }),
  column('Subobject', (event) => stringAt(objectAt(event, 'involvedObject'), 'fieldPath'), 1),
  column('Source', sourceOf, 1),
  column('Message', (event) => stringAt(event, 'message').trim()),
  column('First Seen', firstSeen, 1),
  column('Count', countOf, 1, 'integer'),
  { ...nameColumn, priority: 1 },
];

function firstSeen(event: KubernetesObject, now: number): string {
  return ageSince(event['firstTimestamp'] ?? event['eventTime'], now);
}

function lastSeen(event: KubernetesObject, now: number): string {
  const last = objectAt(event, 'series')['lastObservedTime'] ?? event['lastTimestamp'];
  return last === undefined || last === null ? firstSeen(event, now) : ageSince(last, now);
}

function countOf(event: KubernetesObject): number {
  return numberAt(objectAt(event, 'series'), 'count') || numberAt(event, 'count') || 1;
}

function sourceOf(event: KubernetesObject): string {
  const source = objectAt(event, 'source');
  const component = stringAt(source, 'component') || stringAt(event, 'reportingComponent');
  const instance = stringAt(source, 'host') || stringAt(event, 'reportingInstance');
  return instance === '' ? component : `${component}, ${instance}`;
}
