import {
  decodeAzureAssignedIdentity,
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  decodeAzurePodIdentityException,
  decodeNode,
  decodePod,
  type Decoded,
} from '@aad-pod-identity/core';
import type { Snapshot } from '../snapshot.js';

export { vectorsOf } from '../../../../test/vectors/vectors.js';

/** Wire objects as the files in `test/vectors` hold them. */
export interface VectorObjects {
  readonly pods?: readonly unknown[];
  readonly nodes?: readonly unknown[];
  readonly azureIdentities?: readonly unknown[];
  readonly azureIdentityBindings?: readonly unknown[];
  readonly azureAssignedIdentities?: readonly unknown[];
  readonly azurePodIdentityExceptions?: readonly unknown[];
}

/** Decodes all wire objects of a case, each list as it stands: one case names two bindings alike. */
export function snapshotOf(objects: VectorObjects): Snapshot {
  return {
    pods: decodeAll(objects.pods, decodePod),
    nodes: decodeAll(objects.nodes, decodeNode),
    identities: decodeAll(objects.azureIdentities, decodeAzureIdentity),
    bindings: decodeAll(objects.azureIdentityBindings, decodeAzureIdentityBinding),
    assignedIdentities: decodeAll(objects.azureAssignedIdentities, decodeAzureAssignedIdentity),
    exceptions: decodeAll(objects.azurePodIdentityExceptions, decodeAzurePodIdentityException),
  };
}

function decodeAll<T>(list: readonly unknown[] = [], decode: (json: unknown) => Decoded<T>): T[] {
  return list.map((json) => {
    const decoded = decode(json);
    if (!decoded.ok)
      throw new Error(`a case holds an object without a name: ${JSON.stringify(decoded.problems)}`);
    return decoded.value;
  });
}
