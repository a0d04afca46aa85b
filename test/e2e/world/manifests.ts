import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { ClusterObject } from './cluster.js';

/** The objects of a YAML text. */
export function parseManifests(text: string): readonly ClusterObject[] {
  return parseAllDocuments(text)
    .map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      return document.toJS() as ClusterObject | null;
    })
    .filter((object) => object !== null);
}

/** The objects of a YAML file. */
export async function readManifests(file: string): Promise<readonly ClusterObject[]> {
  return parseManifests(await readFile(file, 'utf8'));
}
