import { formatProblem } from '@aad-pod-identity/core';
import { loadSnapshot, type Snapshot } from '@aad-pod-identity/matcher';
import type { Policy } from './policy.js';
import { readYamlFile, readYamlFolder } from './yaml-folder.js';

/** The cluster that a folder of manifests describes; throws where one of them has a mistake. */
export function readManifests(folder: string): Snapshot {
  const { snapshot, problems } = loadSnapshot(readYamlFolder(folder));
  if (problems.length === 0) return snapshot;
  throw new Error(problems.map((problem) => `${problem.object}: ${formatProblem(problem)}`).join('\n'));
}

/** The policies of a file. */
export function readPolicies(path: string): Policy[] {
  return readYamlFile(path).flatMap((document) => (document as { readonly policies: Policy[] }).policies);
}
