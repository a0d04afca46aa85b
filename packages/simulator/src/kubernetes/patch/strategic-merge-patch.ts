/**
 * Strategic merge patch, for the built-in kinds: like a merge patch, but some lists are merged by a key of their
 * items rather than replaced.
 *
 * @module
 */
import { arrayAt, isJsonObject, type JsonObject, jsonEqual } from '../json.js';

/** The key that items of a list are told apart by, by the name of the list: it is the same wherever one stands. */
const mergeKeys: Readonly<Record<string, string>> = {
  addresses: 'type',
  conditions: 'type',
  containers: 'name',
  env: 'name',
  ephemeralContainers: 'name',
  hostAliases: 'ip',
  hostIPs: 'ip',
  imagePullSecrets: 'name',
  initContainers: 'name',
  ownerReferences: 'uid',
  podIPs: 'ip',
  ports: 'containerPort',
  resourceClaims: 'name',
  secrets: 'name',
  topologySpreadConstraints: 'topologyKey',
  volumeDevices: 'devicePath',
  volumeMounts: 'mountPath',
  volumes: 'name',
};

/** Lists of strings that are united rather than replaced. */
const unitedLists = new Set(['finalizers', 'podCIDRs']);

const deleteFrom = '$deleteFromPrimitiveList/';
const elementOrder = '$setElementOrder/';

/** `target` with `patch` merged into it. */
export function strategicMergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  if (patch['$patch'] === 'replace') return withoutDirectives(patch);
  if (patch['$patch'] === 'delete') return {};
  const merged: JsonObject = { ...target };
  retainKeys(merged, patch);
  for (const [field, value] of Object.entries(patch)) {
    if (field.startsWith(deleteFrom)) removeItems(merged, field.slice(deleteFrom.length), value);
    if (field.startsWith('$')) continue;
    if (value === null) delete merged[field];
    else merged[field] = mergeField(field, merged[field], value);
  }
  for (const [field, order] of Object.entries(patch)) {
    if (!field.startsWith(elementOrder) || !Array.isArray(order)) continue;
    const list = field.slice(elementOrder.length);
    if (Array.isArray(merged[list]))
      merged[list] = ordered(list, arrayAt(target, list), arrayAt(merged, list), order);
  }
  return merged;
}

function mergeField(field: string, current: unknown, value: unknown): unknown {
  if (isJsonObject(value)) return strategicMergePatch(isJsonObject(current) ? current : {}, value);
  if (!Array.isArray(value)) return value;
  const list: unknown[] = value;
  const items: unknown[] = Array.isArray(current) ? current : [];
  if (unitedLists.has(field)) return [...items, ...list.filter((entry) => !items.includes(entry))];
  const key = mergeKeys[field];
  return key === undefined ? list.map(plain) : mergeList(key, items, list);
}

function mergeList(key: string, current: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const replaces = patch.some((item) => isJsonObject(item) && item['$patch'] === 'replace');
  const items = replaces ? [] : [...current];
  for (const item of patch) {
    if (!isJsonObject(item) || item['$patch'] === 'replace') continue;
    const index = items.findIndex((entry) => isJsonObject(entry) && jsonEqual(entry[key], item[key]));
    const found = items[index];
    if (item['$patch'] === 'delete') {
      if (index >= 0) items.splice(index, 1);
    } else if (isJsonObject(found)) items[index] = strategicMergePatch(found, item);
    else items.push(strategicMergePatch({}, item));
  }
  return items;
}

/** `$retainKeys`: of what is there, only these fields stay. */
function retainKeys(merged: JsonObject, patch: JsonObject): void {
  const retained = patch['$retainKeys'];
  if (!Array.isArray(retained)) return;
  for (const field of Object.keys(merged)) if (!retained.includes(field)) delete merged[field];
}

function removeItems(merged: JsonObject, list: string, values: unknown): void {
  if (!Array.isArray(values)) return;
  merged[list] = arrayAt(merged, list).filter((entry) => !values.includes(entry));
}

/** The items in the order asked for; those that the order doesn't name keep their place before what followed them. */
function ordered(
  list: string,
  before: readonly unknown[],
  items: readonly unknown[],
  order: readonly unknown[],
): unknown[] {
  const key = mergeKeys[list];
  const idOf = (item: unknown): unknown => (key !== undefined && isJsonObject(item) ? item[key] : item);
  const ids = order.map(idOf);
  const named = items.filter((item) => ids.includes(idOf(item)));
  named.sort((a, b) => ids.indexOf(idOf(a)) - ids.indexOf(idOf(b)));
  const others = items.filter((item) => !ids.includes(idOf(item)));
  const place = (item: unknown): number => before.findIndex((entry) => jsonEqual(idOf(entry), idOf(item)));
  const result: unknown[] = [];
  for (const item of named) {
    while (others.length > 0 && place(item) >= 0 && place(others[0]) < place(item))
      result.push(others.shift());
    result.push(item);
  }
  return [...result, ...others];
}

function plain(value: unknown): unknown {
  return isJsonObject(value) ? withoutDirectives(value) : value;
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([field]) => !field.startsWith('$')));
}
