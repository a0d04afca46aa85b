import { formatProblem } from '@aad-pod-identity/core';
import { loadSnapshot, type Snapshot } from '@aad-pod-identity/matcher';
import { podsOfWorkload } from './workload-pods.js';
import { readYamlFile, readYamlFolder } from './yaml-folder.js';
import type { Policy } from './policy.js';

/** The cluster that a folder of manifests describes; throws where one of them has a mistake. */
export function readManifests(folder: string): Snapshot {
  const objects = readYamlFolder(folder);
  const { snapshot, problems } = loadSnapshot([...objects, ...objects.flatMap(podsOfWorkload)]);
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  return snapshot;
}

/** The policies of a file. */
export function readPolicies(path: string): Policy[] {
  return readYamlFile(path).flatMap((document) => (document as { readonly policies: Policy[] }).policies);
}
