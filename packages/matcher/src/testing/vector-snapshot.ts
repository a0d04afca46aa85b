import { readFileSync } from 'node:fs';
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

/** Wire objects as the files in `test/vectors` hold them. */
export interface VectorObjects {
  readonly pods?: readonly unknown[];
  readonly nodes?: readonly unknown[];
  readonly azureIdentities?: readonly unknown[];
  readonly azureIdentityBindings?: readonly unknown[];
  readonly azureAssignedIdentities?: readonly unknown[];
  readonly azurePodIdentityExceptions?: readonly unknown[];
}

/** One case of a file in `test/vectors`. */
export interface VectorCase<Input, Expected> {
  readonly name: string;
  readonly input: Input;
  readonly expected: Expected;
}

/** Reads the cases of one file in `test/vectors`; the adapters give them their types. */
export function vectorsOf<Input, Expected>(file: string): readonly VectorCase<Input, Expected>[] {
  const url = new URL(`../../../../test/vectors/${file}.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { cases: VectorCase<Input, Expected>[] };
  if (cases.length === 0) throw new Error(`no cases in ${file}`);
  return cases;
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
