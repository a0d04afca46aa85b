/**
 * The admission policies of the project on a real API server.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import type { Api } from '../conformance/harness/api.js';

const folder = join(import.meta.dirname, '..', '..', 'deploy', 'admission');
const group = '/apis/admissionregistration.k8s.io/v1';
const plurals: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: `${group}/validatingadmissionpolicies`,
  ValidatingAdmissionPolicyBinding: `${group}/validatingadmissionpolicybindings`,
};

/** An object of a file. */
export interface PolicyObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The objects of a file in `deploy/admission`. */
export function readPolicies(file: string): readonly PolicyObject[] {
  return parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map(
    (document) => document.toJS() as PolicyObject,
  );
}

/** Creates the policies of files; they are in force a moment later. */
export async function installPolicies(api: Api, files: readonly string[]): Promise<void> {
  for (const object of files.flatMap(readPolicies)) {
    const path = plurals[object.kind];
    if (path === undefined) throw new Error(`there is no place for a ${object.kind}`);
    await api.created(path, object);
  }
}

/** Waits until the server answers a request as it must once a policy is in force. */
export async function inForce(look: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`in vain: ${look.toString()}`);
    await delay(100);
  }
}
