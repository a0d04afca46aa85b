/**
 * A Kubernetes API in memory: what MIC, NMI, kubectl and the demo use of one, and that right.
 *
 * Not imitated: RBAC (whoever is known may do everything), server-side apply (415), `managedFields`, rules in CEL,
 * streaming lists, protobuf beyond `http/protobuf.ts`, admission beyond what stands in `objects/admission.ts`, controllers (workloads are only
 * stored; a deleted namespace takes its contents at once), `logs`, `exec` and the other connections to a node. Unknown
 * fields of built-in kinds are stored, not dropped.
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
