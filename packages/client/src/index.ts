/**
 * What runs in a pod: tokens and metadata through the intercepted metadata endpoint, with no credential and no
 * dependency. The list of VMs, which needs `@azure/arm-compute`, is in `@aad-pod-identity/client/compute`.
 *
 * @module
 */
export {
  PodIdentityCredential,
  type CredentialCallOptions,
  type CredentialToken,
  type PodIdentityCredentialOptions,
} from './credential.js';
export { getHostToken, type HostToken, type HostTokenRequest } from './host-token.js';
export {
  httpTransport,
  type MetadataAnswer,
  type MetadataRequest,
  type MetadataTransport,
} from './http-transport.js';
export {
  getInstanceMetadata,
  type InstanceMetadata,
  type InstanceMetadataRequest,
} from './instance-metadata.js';
export { ENDPOINT_VARIABLE, IMDS_ENDPOINT, NMI_ENDPOINT } from './metadata-endpoint.js';
export type { MetadataOptions, Outside } from './metadata-options.js';
export {
  PodIdentityClientError,
  type PodIdentityClientErrorCode,
  type PodIdentityClientErrorDetails,
} from './client-error.js';
export type { AbortSignalLike } from './shared-request.js';
export { getToken, type TokenParameters, type TokenRequest } from './token.js';
export type { PodIdentityToken } from './token-answer.js';
