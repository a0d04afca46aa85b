import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What stands in the manifests as `${NAME}`; a user sets the same with `envsubst`. */
export interface ManifestVariables {
  readonly SUBSCRIPTION_ID: string;
  readonly RESOURCE_GROUP: string;
  readonly IDENTITY_RESOURCE_ID: string;
  readonly IDENTITY_CLIENT_ID: string;
  readonly DEMO_IMAGE: string;
}

/** A Kubernetes object as it stands in a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Reads a manifest of this example and sets its variables. */
export function readManifest(file: string, variables: ManifestVariables): Manifest {
  const path = join(import.meta.dirname, 'manifests', file);
  const text = readFileSync(path, 'utf8').replace(/\$\{(\w+)\}/g, (_placeholder, name: string) => {
    if (!Object.hasOwn(variables, name)) throw new Error(`${path}: nothing sets \${${name}}`);
    return variables[name as keyof ManifestVariables];
  });
  return parse(text) as Manifest;
}
