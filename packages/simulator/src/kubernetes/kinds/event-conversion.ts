/**
 * Events have two APIs and one store: `v1` is what is stored, `events.k8s.io/v1` is another view of it.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { type JsonObject } from '../json.js';
import { type Conversion } from './resource-definition.js';

/** `v1` field by `events.k8s.io/v1` field; all others have one name in both. */
const storedNames: Readonly<Record<string, string>> = {
  note: 'message',
  regarding: 'involvedObject',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
};

const viewNames: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(storedNames).map(([view, stored]) => [stored, view]),
);

/** Between `events.k8s.io/v1` and `v1`. */
export const eventConversion: Conversion = {
  toStored: (event) => renamed(event, storedNames, 'v1'),
  fromStored: (event) => renamed(event, viewNames, 'events.k8s.io/v1'),
};

function renamed(
  event: KubernetesObject,
  names: Readonly<Record<string, string>>,
  apiVersion: string,
): KubernetesObject {
  const fields: JsonObject = {};
  for (const [field, value] of Object.entries(event)) fields[names[field] ?? field] = value;
  return { ...(fields as KubernetesObject), apiVersion };
}
