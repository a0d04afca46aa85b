/**
 * The binding of a pod to a node: the subresource that schedulers write.
 *
 * @module
 */
import { nameOf, type ObjectKey, timestamp } from '../api-object.js';
import { arrayAt, cloneJson, objectAt, stringAt } from '../json.js';
import { conflict, notFound, type Status } from '../status-error.js';
import { type Server } from './server.js';

/**
 * Binds the pod named `key` to a node, as a scheduler does.
 *
 * @throws StatusError 404, 409 (it is bound already)
 */
export function bindPod(server: Server, key: ObjectKey, binding: unknown): Status {
  const collection = server.store.collection('pods');
  const stored = collection.get(key.namespace ?? '', key.name);
  const resource = { group: '', plural: 'pods' };
  if (stored === undefined) throw notFound(resource, key.name);
  const node = stringAt(objectAt(stored.object, 'spec'), 'nodeName');
  if (node !== '') {
    throw conflict(
      { group: '', plural: 'pods/binding' },
      nameOf(stored.object),
      `pod ${nameOf(stored.object)} is already assigned to node ${JSON.stringify(node)}`,
    );
  }
  const pod = cloneJson(stored.object);
  const status = objectAt(pod, 'status');
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(server.clock.now()),
  };
  const others = arrayAt(status, 'conditions').filter((entry) => stringAt(entry, 'type') !== scheduled.type);
  pod['spec'] = { ...objectAt(pod, 'spec'), nodeName: stringAt(objectAt(binding, 'target'), 'name') };
  pod['status'] = { ...status, conditions: [...others, scheduled] };
  server.store.put(collection, pod);
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}
