/**
 * What a new object needs to be there already.
 *
 * @module
 */
import { type KubernetesObject, nameOf } from '../api-object.js';
import { objectAt, stringAt } from '../json.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { forbidden, notFound } from '../status-error.js';
import { type Server } from './server.js';

/**
 * Checks that the namespace of a new object is there, and the ServiceAccount of a new pod.
 *
 * @throws StatusError 404 without the namespace, 403 where the namespace ends or the ServiceAccount is missing
 */
export function admit(server: Server, definition: ResourceDefinition, object: KubernetesObject): void {
  const { namespace } = object.metadata;
  if (namespace === undefined) return;
  const found = server.store.collection('namespaces').get('', namespace);
  if (found === undefined) throw notFound({ group: '', plural: 'namespaces' }, namespace);
  if (found.object.metadata.deletionTimestamp !== undefined) {
    const cause = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbidden(definition, nameOf(object), cause, [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ]);
  }
  if (definition.storage !== 'pods') return;
  const account = stringAt(objectAt(object, 'spec'), 'serviceAccountName');
  if (server.store.collection('serviceaccounts').get(namespace, account) === undefined) {
    throw forbidden(
      definition,
      nameOf(object),
      `error looking up service account ${namespace}/${account}: serviceaccount ${JSON.stringify(account)} not found`,
    );
  }
}
