/**
 * What happens in a cluster by itself: kinds come and go with their definitions, namespaces get their ServiceAccount
 * and take their contents along.
 *
 * @module
 */
import { qualified } from '../status-error.js';
import { type Change } from '../store/change-log.js';
import { type Collection } from '../store/collection.js';
import { createObject } from './create.js';
import { deleteObject } from './delete.js';
import { type Server } from './server.js';

/** Reacts to a change of anything. */
export function upkeep(server: Server, collection: Collection, change: Change): void {
  const { current, type } = change;
  switch (collection.key) {
    case 'customresourcedefinitions.apiextensions.k8s.io':
      if (type !== 'DELETED') return server.registry.define(current.object);
      removeAll(server, current.name);
      return server.registry.remove(current.object);
    case 'namespaces':
      if (type === 'ADDED') addServiceAccount(server, current.name);
      else if (type === 'MODIFIED' && isEnding(server, current.name)) deleteContents(server, current.name);
      return;
    default:
      if (type !== 'DELETED' || current.namespace === '') return;
      if (isEnding(server, current.namespace)) finishNamespace(server, current.namespace);
      else if (collection.key === 'serviceaccounts') addServiceAccount(server, current.namespace);
  }
}

function isEnding(server: Server, namespace: string): boolean {
  const found = server.store.collection('namespaces').get('', namespace);
  return found?.object.metadata.deletionTimestamp !== undefined;
}

/** Every namespace has a ServiceAccount `default`; one that is deleted comes back. */
function addServiceAccount(server: Server, namespace: string): void {
  const definition = server.registry.named('serviceaccounts');
  const there = server.store.collection('serviceaccounts').get(namespace, 'default');
  const hasNamespace = server.store.collection('namespaces').get('', namespace) !== undefined;
  if (definition === undefined || there !== undefined || !hasNamespace) return;
  createObject(server, definition, namespace, { metadata: { name: 'default' } }, {});
}

/** Deletes what is in the namespace. What finalizers or a node hold stays, and the namespace with it. */
function deleteContents(server: Server, namespace: string): void {
  for (const definition of server.registry.all()) {
    if (!definition.namespaced || qualified(definition.group, definition.plural) !== definition.storage)
      continue;
    for (const { name } of server.store.collection(definition.storage).list(namespace)) {
      deleteObject(server, definition, { namespace, name }, {});
    }
  }
  finishNamespace(server, namespace);
}

/** A namespace that ends goes with the last object in it. */
function finishNamespace(server: Server, namespace: string): void {
  for (const collection of server.store.collections()) {
    if (collection.list(namespace).length > 0) return;
  }
  const namespaces = server.store.collection('namespaces');
  const found = namespaces.get('', namespace);
  if (found !== undefined) server.store.remove(namespaces, found);
}

function removeAll(server: Server, key: string): void {
  const collection = server.store.collection(key);
  for (const stored of collection.list(undefined)) server.store.remove(collection, stored);
}
