/**
 * OpenAPI, as far as kubectl reads it: which operations take `fieldValidation`, so that it leaves validation to the
 * server, and the schemas of custom kinds for `kubectl explain`.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { type JsonObject } from '../json.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { type ResourceRegistry } from '../kinds/resource-registry.js';
import { type Document, jsonDocument } from './document.js';

/** The document at `path`, `undefined` where there is none. */
export function openApiDocument(registry: ResourceRegistry, path: string): Document | undefined {
  if (path === '/openapi/v3') return jsonDocument(index(registry));
  const match = /^\/openapi\/v3\/(?:api\/([^/]+)|apis\/([^/]+)\/([^/]+))$/.exec(path);
  if (match === null) return undefined;
  const [, coreVersion, group = '', version = coreVersion] = match;
  const definitions = registry.all().filter((entry) => entry.group === group && entry.version === version);
  return definitions.length === 0 ? undefined : jsonDocument(groupDocument(definitions));
}

function pathOf({ group, version }: ResourceDefinition): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

/** The address of each document carries a hash of it: clients keep what they know by that. */
function index(registry: ResourceRegistry): JsonObject {
  const paths: JsonObject = {};
  for (const path of new Set(registry.all().map(pathOf))) {
    const document = groupDocument(registry.all().filter((definition) => pathOf(definition) === path));
    const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex').toUpperCase();
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
  }
  return { paths };
}

function groupDocument(definitions: readonly ResourceDefinition[]): JsonObject {
  const paths: JsonObject = {};
  const schemas: JsonObject = {};
  for (const definition of definitions) {
    const { namespaced, plural } = definition;
    const scope = namespaced ? 'namespaces/{namespace}/' : '';
    paths[`/${pathOf(definition)}/${scope}${plural}/{name}`] = operations(definition);
    schemas[schemaName(definition)] = schemaOf(definition);
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes (simulated)', version: 'v1.33' },
    paths,
    components: { schemas },
  };
}

function operations(definition: ResourceDefinition): JsonObject {
  const kind = groupVersionKind(definition);
  const parameters = ['dryRun', 'fieldValidation'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }));
  const content = {
    'application/json': { schema: { $ref: `#/components/schemas/${schemaName(definition)}` } },
  };
  const responses = { 200: { description: 'OK', content } };
  return {
    get: { 'x-kubernetes-action': 'get', 'x-kubernetes-group-version-kind': kind, responses },
    put: { 'x-kubernetes-action': 'put', 'x-kubernetes-group-version-kind': kind, parameters, responses },
    patch: { 'x-kubernetes-action': 'patch', 'x-kubernetes-group-version-kind': kind, parameters, responses },
  };
}

function schemaName({ group, version, kind }: ResourceDefinition): string {
  const reversed = group === '' ? 'core' : group.split('.').reverse().join('.');
  return `io.k8s.simulator.${reversed}.${version}.${kind}`;
}

function schemaOf(definition: ResourceDefinition): JsonObject {
  const schema = definition.schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return { ...schema, 'x-kubernetes-group-version-kind': [groupVersionKind(definition)] };
}

function groupVersionKind({ group, version, kind }: ResourceDefinition): JsonObject {
  return { group, version, kind };
}
