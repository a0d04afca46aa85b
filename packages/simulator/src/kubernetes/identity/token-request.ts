/**
 * The `token` subresource of ServiceAccounts.
 *
 * @module
 */
import { type ObjectKey, timestamp } from '../api-object.js';
import { invalidValue, unsupportedValue } from '../field-error.js';
import { arrayAt, isJsonObject, type JsonObject, objectAt, stringAt } from '../json.js';
import { conflict, invalid, notFound } from '../status-error.js';
import { type ObjectStore } from '../store/object-store.js';
import { type BoundObject, type ServiceAccountTokens, type TokenSubject } from './service-account-tokens.js';

const shortest = 600;
const usual = 3600;
const longest = 2 ** 32;
const boundKinds: Readonly<Record<string, { readonly kind: BoundObject['kind']; readonly plural: string }>> =
  {
    Pod: { kind: 'Pod', plural: 'pods' },
    Secret: { kind: 'Secret', plural: 'secrets' },
    Node: { kind: 'Node', plural: 'nodes' },
  };

/**
 * Answers a `TokenRequest` for the ServiceAccount named `key`: the request with the token in its status.
 *
 * @throws StatusError 404 (no such account, or bound object), 409 (the bound object is another by now), 422
 */
export function requestToken(
  store: ObjectStore,
  tokens: ServiceAccountTokens,
  key: ObjectKey,
  request: unknown,
): JsonObject {
  const account = store.collection('serviceaccounts').get(key.namespace ?? '', key.name);
  if (account === undefined) throw notFound({ group: '', plural: 'serviceaccounts' }, key.name);
  const spec = objectAt(request, 'spec');
  const seconds = lifetime(spec);
  const asked = arrayAt(spec, 'audiences').map(String);
  const audiences = asked.length === 0 ? [tokens.issuer] : asked;
  const bound = boundObject(store, key.namespace ?? '', spec);
  const subject = {
    namespace: account.namespace,
    serviceAccount: account.name,
    serviceAccountUid: account.object.metadata.uid ?? '',
    bound,
    node: bound?.kind === 'Pod' ? nodeOf(store, account.namespace, bound.name) : undefined,
  };
  const { token, expires } = tokens.issue(subject, audiences, seconds);
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {
      name: account.name,
      namespace: account.namespace,
      creationTimestamp: timestamp(expires - seconds * 1000),
    },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec['boundObjectRef'] ?? null },
    status: { token, expirationTimestamp: timestamp(expires) },
  };
}

function lifetime(spec: JsonObject): number {
  const seconds = spec['expirationSeconds'] ?? usual;
  const field = 'spec.expirationSeconds';
  const kind = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
  if (typeof seconds !== 'number' || seconds < shortest) {
    throw invalid(kind, '', [
      invalidValue(field, seconds, 'may not specify a duration less than 10 minutes'),
    ]);
  }
  if (seconds > longest) {
    throw invalid(kind, '', [
      invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds'),
    ]);
  }
  return seconds;
}

/** The node that a pod is on; without a uid where it isn't there. */
function nodeOf(store: ObjectStore, namespace: string, pod: string): TokenSubject['node'] {
  const name = stringAt(objectAt(store.collection('pods').get(namespace, pod)?.object, 'spec'), 'nodeName');
  if (name === '') return undefined;
  return { name, uid: store.collection('nodes').get('', name)?.object.metadata.uid };
}

function boundObject(store: ObjectStore, namespace: string, spec: JsonObject): BoundObject | undefined {
  const reference = spec['boundObjectRef'];
  if (!isJsonObject(reference)) return undefined;
  const given = stringAt(reference, 'kind');
  const known = boundKinds[given];
  if (known === undefined) {
    const error = unsupportedValue('spec.boundObjectRef.kind', given, Object.keys(boundKinds));
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [error]);
  }
  const name = stringAt(reference, 'name');
  const resource = { group: '', plural: known.plural };
  const found = store.collection(known.plural).get(known.kind === 'Node' ? '' : namespace, name);
  if (found === undefined) throw notFound(resource, name);
  const uid = found.object.metadata.uid ?? '';
  const asked = stringAt(reference, 'uid');
  if (asked !== '' && asked !== uid) {
    throw conflict(
      resource,
      name,
      `the UID in the bound object reference (${asked}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  return { kind: known.kind, name, uid };
}
