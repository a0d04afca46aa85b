/**
 * A Kubernetes API in memory: what MIC, NMI, kubectl and the demo use of one, and that right. The conformance suite
 * holds it to a real kube-apiserver.
 *
 * Not imitated: RBAC (whoever is known may do everything), server-side apply (415), `managedFields`, rules in CEL,
 * streaming lists, answers in protobuf, admission beyond namespaces and ServiceAccounts (no token volume, no default
 * tolerations), the garbage collector (propagation policies are accepted and mean nothing), controllers of workloads
 * (they are only stored), the end of events by age, subresources other than `status`, `binding` and `token`, and the
 * connections to a node (`logs`, `exec`). Built-in kinds have no schemas: unknown fields of theirs are stored.
 *
 * @module
 */
export { createKubernetesApi, type KubernetesApi, type KubernetesOptions } from './kubernetes-api.js';
export { type KubernetesObject, type ObjectKey, type ObjectMeta } from './api-object.js';
export { type FaultAnswer, type FaultHook } from './http/fault-hook.js';
export { type IssuedToken, type JsonWebKeySet } from './identity/service-account-tokens.js';
export { type DeleteOptions } from './objects/delete.js';
export { type ListOptions, type SelectionOptions } from './objects/list-options.js';
export {
  type DeletedObject,
  type ObjectList,
  Objects,
  type SubresourceOptions,
  type WatchEvent,
  type WatchOptions,
} from './objects/objects.js';
export { type Patch } from './objects/patch.js';
export { type FieldValidation, type WriteOptions } from './objects/server.js';
export { patchTypes, type PatchType } from './patch/apply-patch.js';
export { type Status, type StatusCause, type StatusDetails, StatusError } from './status-error.js';
export { type Watch } from './store/watch-hub.js';
