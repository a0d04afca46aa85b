/**
 * From a CustomResourceDefinition to the kinds that it defines, one for each version that is served.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { arrayAt, isJsonObject, type JsonObject, objectAt, stringAt } from '../json.js';
import { subdomainProblem } from '../objects/names.js';
import { type Column } from '../printing/column.js';
import { customColumns } from '../printing/custom-columns.js';
import { type Schema } from '../schema/schema.js';
import { type Conversion, type ResourceDefinition } from './resource-definition.js';

/** The kinds that `crd`, which has been validated, defines. */
export function customResources(crd: KubernetesObject): ResourceDefinition[] {
  const spec = objectAt(crd, 'spec');
  const versions = arrayAt(spec, 'versions').filter(isJsonObject);
  const storedVersion = versions.find((version) => version['storage'] === true);
  return versions
    .filter((version) => version['served'] === true)
    .map((version) => define(spec, version, stringAt(storedVersion, 'name')));
}

function define(spec: JsonObject, version: JsonObject, storedVersion: string): ResourceDefinition {
  const names = objectAt(spec, 'names');
  const group = stringAt(spec, 'group');
  const plural = stringAt(names, 'plural');
  const name = stringAt(version, 'name');
  const schema = withRoot(objectAt(version, 'schema', 'openAPIV3Schema'));
  const conversion = name === storedVersion ? undefined : toVersion(group, name, storedVersion);
  return {
    group,
    plural,
    version: name,
    kind: stringAt(names, 'kind'),
    singular: stringAt(names, 'singular'),
    listKind: stringAt(names, 'listKind'),
    shortNames: arrayAt(names, 'shortNames').map(String),
    categories: arrayAt(names, 'categories').map(String),
    namespaced: spec['scope'] === 'Namespaced',
    storage: `${plural}.${group}`,
    custom: true,
    statusSubresource: isJsonObject(objectAt(version, 'subresources')['status']),
    returnsDeleted: false,
    unconditionalUpdate: false,
    createsOnUpdate: false,
    countsGenerations: true,
    nameProblem: subdomainProblem,
    selectableFields: {},
    unsupportedField: (field) => `field label not supported: ${field}`,
    columns: columnsOf(version),
    strategy: {},
    schema,
    ...(conversion !== undefined && { conversion }),
  };
}

function columnsOf(version: JsonObject): readonly Column[] {
  return customColumns(arrayAt(version, 'additionalPrinterColumns').filter(isJsonObject));
}

/** Every schema has these three, whether it names them or not. */
function withRoot(schema: Schema): Schema {
  const root: Schema['properties'] = {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
  };
  return { ...schema, type: 'object', properties: { ...schema.properties, ...root } };
}

/** Conversion strategy `None`: only the version changes. */
function toVersion(group: string, version: string, storedVersion: string): Conversion {
  return {
    toStored: (object) => ({ ...object, apiVersion: `${group}/${storedVersion}` }),
    fromStored: (object) => ({ ...object, apiVersion: `${group}/${version}` }),
  };
}
