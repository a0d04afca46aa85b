/**
 * Discovery: which groups, versions and kinds are served. Both forms: one document for all (aggregated), and one for
 * each group and version.
 *
 * @module
 */
import { apiVersionOf } from '../api-object.js';
import { type JsonObject } from '../json.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { type ResourceRegistry } from '../kinds/resource-registry.js';
import { type Document, jsonDocument } from './document.js';
import { type ResponseForm } from './negotiation.js';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Kinds that are only asked, not stored; and the subresources beside `status`. */
const virtual: readonly VirtualResource[] = [
  { group: '', parent: 'pods', name: 'binding', kind: 'Binding', namespaced: true },
  {
    group: '',
    parent: 'serviceaccounts',
    name: 'token',
    kind: 'TokenRequest',
    kindGroup: 'authentication.k8s.io',
    namespaced: true,
  },
  { group: 'authentication.k8s.io', name: 'tokenreviews', kind: 'TokenReview', namespaced: false },
  {
    group: 'authentication.k8s.io',
    name: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    namespaced: false,
  },
  {
    group: 'authorization.k8s.io',
    name: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    namespaced: false,
  },
];

interface VirtualResource {
  readonly group: string;
  readonly parent?: string;
  readonly name: string;
  readonly kind: string;
  readonly kindGroup?: string;
  readonly namespaced: boolean;
}

/** The document at `path`, `undefined` where there is none. */
export function discoveryDocument(
  registry: ResourceRegistry,
  path: string,
  form: ResponseForm,
): Document | undefined {
  const versions = groupVersions(registry);
  if (path === '/api' || path === '/apis') {
    const core = path === '/api';
    const groups = [...versions].filter(([group]) => (group === '') === core);
    if (form === 'aggregatedDiscovery') return aggregated(groups);
    return jsonDocument(core ? coreVersions() : groupList(groups));
  }
  const [, root, ...rest] = path.split('/');
  const [group, version] = root === 'api' ? ['', rest[0]] : rest;
  if ((root !== 'api' && root !== 'apis') || group === undefined) return undefined;
  const found = versions.get(group);
  if (rest.length > (root === 'api' ? 1 : 2) || found === undefined) return undefined;
  if (version === undefined)
    return jsonDocument({ kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group, [...found.keys()]) });
  const definitions = found.get(version);
  return definitions === undefined ? undefined : jsonDocument(resourceList(group, version, definitions));
}

type Versions = Map<string, readonly ResourceDefinition[]>;

/** Kinds by group and version. */
function groupVersions(registry: ResourceRegistry): Map<string, Versions> {
  const groups = new Map<string, Versions>();
  const add = (group: string, version: string, definition?: ResourceDefinition): void => {
    const versions: Versions = groups.get(group) ?? new Map<string, readonly ResourceDefinition[]>();
    versions.set(version, [
      ...(versions.get(version) ?? []),
      ...(definition === undefined ? [] : [definition]),
    ]);
    groups.set(group, versions);
  };
  for (const definition of registry.all()) add(definition.group, definition.version, definition);
  for (const { group } of virtual) add(group, 'v1');
  return groups;
}

function coreVersions(): JsonObject {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

function groupList(groups: readonly (readonly [string, Versions])[]): JsonObject {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.map(([group, versions]) => groupOf(group, [...versions.keys()])),
  };
}

function groupOf(group: string, versions: readonly string[]): JsonObject {
  const list = versions.map((version) => ({ groupVersion: apiVersionOf(group, version), version }));
  return { name: group, versions: list, preferredVersion: list[0] };
}

function resourceList(
  group: string,
  version: string,
  definitions: readonly ResourceDefinition[],
): JsonObject {
  const resources = definitions.flatMap((definition) => {
    const { plural, singular, kind, namespaced, shortNames, categories, statusSubresource } = definition;
    const names = {
      ...(shortNames.length > 0 && { shortNames }),
      ...(categories.length > 0 && { categories }),
    };
    return [
      { name: plural, singularName: singular, namespaced, kind, verbs, ...names },
      ...(statusSubresource
        ? [
            {
              name: `${plural}/status`,
              singularName: '',
              namespaced,
              kind,
              verbs: ['get', 'patch', 'update'],
            },
          ]
        : []),
    ];
  });
  const others = virtual
    .filter((entry) => entry.group === group)
    .map(({ parent, name, kind, kindGroup, namespaced }) => ({
      name: parent === undefined ? name : `${parent}/${name}`,
      singularName: '',
      namespaced,
      ...(kindGroup !== undefined && { group: kindGroup, version: 'v1' }),
      kind,
      verbs: ['create'],
    }));
  const groupVersion = apiVersionOf(group, version);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [...resources, ...others] };
}

function aggregated(groups: readonly (readonly [string, Versions])[]): Document {
  const document = {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(([group, versions]) => ({
      metadata: { ...(group !== '' && { name: group }), creationTimestamp: null },
      versions: [...versions].map(([version, definitions]) => ({
        version,
        resources: aggregatedResources(group, version, definitions),
        freshness: 'Current',
      })),
    })),
  };
  return {
    contentType: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    text: JSON.stringify(document),
  };
}

function aggregatedResources(
  group: string,
  version: string,
  definitions: readonly ResourceDefinition[],
): JsonObject[] {
  const others = virtual.filter((entry) => entry.group === group);
  const responseKind = (kind: string, kindGroup = group): JsonObject => ({ group: kindGroup, version, kind });
  const scope = (namespaced: boolean): string => (namespaced ? 'Namespaced' : 'Cluster');
  const stored = definitions.map((definition) => {
    const { plural, singular, kind, namespaced, shortNames, categories, statusSubresource } = definition;
    const parts = [
      ...(statusSubresource
        ? [{ subresource: 'status', responseKind: responseKind(kind), verbs: ['get', 'patch', 'update'] }]
        : []),
      ...others
        .filter(({ parent }) => parent === plural)
        .map((entry) => ({
          subresource: entry.name,
          responseKind: responseKind(entry.kind, entry.kindGroup),
          verbs: ['create'],
        })),
    ];
    return {
      resource: plural,
      responseKind: responseKind(kind),
      scope: scope(namespaced),
      singularResource: singular,
      verbs,
      ...(shortNames.length > 0 && { shortNames }),
      ...(categories.length > 0 && { categories }),
      ...(parts.length > 0 && { subresources: parts }),
    };
  });
  const asked = others
    .filter(({ parent }) => parent === undefined)
    .map(({ name, kind, namespaced }) => ({
      resource: name,
      responseKind: responseKind(kind),
      scope: scope(namespaced),
      singularResource: kind.toLowerCase(),
      verbs: ['create'],
    }));
  return [...stored, ...asked];
}
