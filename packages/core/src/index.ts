/**
 * Types, decoders and constants of AAD Pod Identity. Pure: no I/O, no clock, no globals.
 *
 * @module
 */
export { sleep, type AbortSignalLike, type Clock } from './clock.js';
export { VirtualClock } from './virtual-clock.js';
export {
  parseCloudConfig,
  type CloudConfig,
  type CloudConfigResult,
  type CloudConfigSource,
  type CloudCredential,
} from './cloud-config.js';
export {
  findCloudEnvironment,
  isCustomCloud,
  type CloudEnvironment,
  type CloudEnvironmentResult,
} from './cloud-environment.js';
