/**
 * Objects and lists as text, in the form that the client asked for.
 *
 * @module
 */
import { apiVersionOf, type KubernetesObject } from '../api-object.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { type ObjectPage } from '../objects/list.js';
import { type IncludedObject, table } from '../printing/table.js';
import { type StoredObject } from '../store/stored-object.js';

/** How a client wants objects: as they are, or as rows. */
export interface Rendering {
  readonly definition: ResourceDefinition;
  readonly asTable: boolean;
  readonly included: IncludedObject;
  /** The time, for ages. */
  readonly now: number;
}

/** One object, or a table of it. */
export function renderObject(rendering: Rendering, stored: StoredObject): string {
  if (!rendering.asTable) return objectText(rendering.definition, stored);
  return tableText(rendering, [stored], { resourceVersion: String(stored.revision) });
}

/** The row of a watch event; only the first one needs headings. */
export function renderRow(rendering: Rendering, stored: StoredObject, headings: boolean): string {
  const { definition, included, now } = rendering;
  const metadata = { resourceVersion: String(stored.revision) };
  return JSON.stringify(
    table(definition.columns, [view(definition, stored)], metadata, included, now, headings),
  );
}

/** A list, or a table of it. */
export function renderList(rendering: Rendering, page: ObjectPage): string {
  const { definition, asTable } = rendering;
  const metadata = {
    resourceVersion: String(page.revision),
    // A list of custom resources says so in so many words that nothing follows.
    ...((definition.custom || page.continue !== undefined) && { continue: page.continue ?? '' }),
    ...(page.remaining !== undefined && { remainingItemCount: page.remaining }),
  };
  if (asTable) return tableText(rendering, page.items, metadata);
  const head = JSON.stringify({ kind: definition.listKind, apiVersion: versionOf(definition), metadata });
  const items = page.items.map((stored) => itemText(definition, stored));
  return `${head.slice(0, -1)},"items":[${items.join(',')}]}`;
}

/** The JSON of an object in the version of the kind. */
export function objectText(definition: ResourceDefinition, stored: StoredObject): string {
  if (definition.conversion !== undefined) return JSON.stringify(view(definition, stored));
  return stored.json(versionOf(definition));
}

/** `group/version` of the kind. */
export function versionOf({ group, version }: ResourceDefinition): string {
  return apiVersionOf(group, version);
}

function tableText(
  rendering: Rendering,
  items: readonly StoredObject[],
  metadata: Record<string, unknown>,
): string {
  const { definition, included, now } = rendering;
  const objects = items.map((stored) => view(definition, stored));
  return JSON.stringify(table(definition.columns, objects, metadata, included, now));
}

/** In lists of built-in kinds the items don't repeat kind and version; in those of custom kinds they do. */
function itemText(definition: ResourceDefinition, stored: StoredObject): string {
  if (definition.custom || definition.conversion !== undefined) return objectText(definition, stored);
  return stored.body();
}

function view(definition: ResourceDefinition, stored: StoredObject): KubernetesObject {
  return definition.conversion?.fromStored(stored.object) ?? stored.object;
}
