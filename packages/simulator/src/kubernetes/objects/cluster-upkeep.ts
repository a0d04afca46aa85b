/**
 * What happens in a cluster by itself: kinds come and go with their definitions, namespaces get their ServiceAccount
 * and take their contents along.
 *
 * @module
 */
import { namespaceOf } from '../api-object.js';
import { type Change } from '../store/change-log.js';
import { type Collection } from '../store/collection.js';
import { createObject } from './create.js';
import { type Server } from './server.js';

/** Reacts to a change of anything. */
export function upkeep(server: Server, collection: Collection, change: Change): void {
  const { current, type } = change;
  switch (collection.key) {
    case 'customresourcedefinitions.apiextensions.k8s.io':
      if (type !== 'DELETED') return server.registry.define(current.object);
      empty(server, current.name);
      return server.registry.remove(current.object);
    case 'namespaces':
      if (type === 'ADDED') addServiceAccount(server, current.name);
      else if (type === 'DELETED') emptyNamespace(server, current.name);
      return;
    case 'serviceaccounts':
      if (type === 'DELETED' && current.name === 'default')
        addServiceAccount(server, namespaceOf(current.object));
  }
}

function addServiceAccount(server: Server, namespace: string): void {
  const definition = server.registry.named('serviceaccounts');
  const there = server.store.collection('serviceaccounts').get(namespace, 'default');
  const hasNamespace = server.store.collection('namespaces').get('', namespace) !== undefined;
  if (definition === undefined || there !== undefined || !hasNamespace) return;
  createObject(server, definition, namespace, { metadata: { name: 'default' } }, {});
}

/** The contents go at once, whatever their finalizers: there is no controller that would wait for them. */
function emptyNamespace(server: Server, namespace: string): void {
  for (const collection of server.store.collections()) {
    for (const stored of collection.list(namespace)) server.store.remove(collection, stored);
  }
}

function empty(server: Server, key: string): void {
  const collection = server.store.collection(key);
  for (const stored of collection.list(undefined)) server.store.remove(collection, stored);
}
