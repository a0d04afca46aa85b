/**
 * Who says nothing of who it is, is `system:anonymous`, and may do nothing.
 *
 * @module
 */
import { type ResourceTarget } from '../http/request-target.js';
import { failure, forbidden, type StatusError } from '../status-error.js';

const verbs: Readonly<Record<string, { readonly one: string; readonly many: string }>> = {
  GET: { one: 'get', many: 'list' },
  POST: { one: 'create', many: 'create' },
  PUT: { one: 'update', many: 'update' },
  PATCH: { one: 'patch', many: 'patch' },
  DELETE: { one: 'delete', many: 'deletecollection' },
};

/** The refusal of a request without a credential. */
export function anonymousForbidden(
  method: string,
  url: URL,
  target: ResourceTarget | undefined,
): StatusError {
  const user = 'User "system:anonymous" cannot';
  if (target === undefined) {
    const message = `forbidden: ${user} ${method.toLowerCase()} path ${JSON.stringify(url.pathname)}`;
    return failure(403, 'Forbidden', message, {});
  }
  const { group, plural, name = '', namespace, subresource } = target;
  const { one = '', many = '' } = verbs[method] ?? {};
  const watches = many === 'list' && ['1', 'true'].includes(url.searchParams.get('watch') ?? '');
  const verb = name !== '' ? one : watches ? 'watch' : many;
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  const scope =
    namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const cause = `${user} ${verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${scope}`;
  return forbidden({ group, plural }, name, cause);
}
