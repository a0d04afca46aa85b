/**
 * A Kubernetes API and an Azure (ARM, Entra, IMDS) in memory, on loopback, for demos and tests. Never for production.
 *
 * @module
 */
export { startSimulator } from './start-simulator.js';
export { type Simulator, type SimulatorUrls } from './simulator.js';
export { type Addresses, type Latencies, type Limits, type SimulatorOptions } from './simulator-options.js';
export {
  type ApplicationSeed,
  type IdentitySeed,
  type RoleAssignmentSeed,
  type ScaleSetSeed,
  type VirtualMachineSeed,
  type WorldSeed,
} from './world-seed.js';
export {
  azureJson,
  azureStackEnvironment,
  type EndpointUrls,
  type ServicePrincipal,
} from './environment-files.js';
export { defaultServicePrincipal, defaultWorld } from './default-world.js';
export { type Machines } from './machines.js';
export { type Nodes } from './nodes/nodes.js';
export { type Populator } from './azure/populate.js';
export { type Application } from './azure/directory.js';
export { type RoleAssignment } from './azure/role-assignments.js';
export { type UserAssignedIdentity } from './azure/user-assigned-identities.js';
export {
  createCertificateAuthority,
  type CertificateAndKey,
  type CertificateAuthority,
} from './certificate-authority.js';
export { AdjustableClock } from './adjustable-clock.js';
export {
  Faults,
  type ActiveFault,
  type FaultAction,
  type FaultRequest,
  type FaultRule,
  type FaultTarget,
} from './faults.js';
export { createRandom, type Random } from './random.js';
export { RequestLog, type SeenRequest } from './http/request-log.js';
export { Azure, type AzureOptions } from './azure/azure.js';
export { type ArmRequest, type ArmResponse, type Caller } from './azure/arm/arm-request.js';
export { realComputeLimits, type ComputeLimits } from './azure/arm/compute-limits.js';
export { realImdsLimits, type ImdsLimits } from './azure/imds/imds-service.js';
export {
  type ComputeResource,
  type Machine,
  type ScaleSet,
  type VirtualMachine,
} from './azure/compute/compute-resource.js';
export { podAddressAnnotation, podPhaseAnnotation, podTerminationAnnotation } from './nodes/pod-object.js';
export * from './kubernetes/index.js';
