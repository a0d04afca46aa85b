/**
 * NMI as parts: the pure reading of a request, tokens from IMDS and Entra with their cache, interception, and the whole
 * program.
 *
 * @module
 */
export { runNmi, type NmiEffects } from './nmi.js';
export { nmiFlags } from './nmi-flags.js';
export { nmiOptions, type NmiOptions, type RedirectOptions } from './nmi-options.js';
export { classify, type MetadataRequest, type RequestHead, type RequestRules } from './request/classify.js';
export {
  refusalBody,
  refuse,
  statusOfError,
  type ErrorCode,
  type Refusal,
  type RefusalReason,
} from './request/refusal.js';
export { TokenCache, type CacheOutcome, type TokenCacheOptions, type TokenKey } from './token/token-cache.js';
export { tokenAnswer, type AccessToken } from './token/access-token.js';
export { UpstreamError, type UpstreamErrorOptions, type UpstreamFailure } from './token/upstream-error.js';
export { UpstreamLimiter, type UpstreamLimiterOptions } from './token/upstream-limiter.js';
export {
  ImdsClient,
  type ImdsClientOptions,
  type ImdsRequest,
  type ImdsResponse,
} from './imds/imds-client.js';
