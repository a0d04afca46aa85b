/**
 * The world that the simulator begins with when nobody says otherwise: two virtual machines and a scale set of three,
 * all nodes of the cluster, and a service principal for MIC.
 *
 * @module
 */
import type { ServicePrincipal } from './environment-files.js';
import type { WorldSeed } from './world-seed.js';

/** The service principal that MIC signs in with in the default world. The secret is no secret: nothing real accepts it. */
export const defaultServicePrincipal: ServicePrincipal = {
  clientId: 'c0ffee00-0000-4000-8000-000000000001',
  secret: 'simulator-only',
};

/** That world. MIC may update the machines; `Managed Identity Operator` is for the user to give. */
export const defaultWorld: WorldSeed = {
  applications: [
    { name: 'mic', clientId: defaultServicePrincipal.clientId, secrets: [defaultServicePrincipal.secret] },
  ],
  virtualMachines: [{ name: 'vm-0' }, { name: 'vm-1' }],
  scaleSets: [{ name: 'pool', instances: 3 }],
  roleAssignments: [{ principal: 'mic', role: 'Virtual Machine Contributor' }],
};
