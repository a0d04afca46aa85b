/** A cluster on virtual time, for the tests of this folder. */
import { VirtualClock } from '@aad-pod-identity/core';
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createRandom } from '../../random.js';
import { createKubernetesApi, type KubernetesApi, type KubernetesOptions, StatusError } from '../index.js';

export interface TestCluster {
  readonly clock: VirtualClock;
  readonly api: KubernetesApi;
}

export function testCluster(options: Partial<KubernetesOptions> = {}): TestCluster {
  const clock = new VirtualClock(Date.parse('2026-01-01T00:00:00Z'));
  const api = createKubernetesApi({
    clock,
    random: createRandom('test'),
    adminToken: 'admin',
    issuer: 'https://issuer.example',
    ...options,
  });
  return { clock, api };
}

/** Applies the CRDs of this repository. */
export function installCustomResources(api: KubernetesApi): void {
  const directory = new URL('../../../../../deploy/crds/', import.meta.url);
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.yaml'))) {
    const crd: unknown = parse(readFileSync(new URL(file, directory), 'utf8'));
    api.objects.create('customresourcedefinitions.apiextensions.k8s.io', crd as object);
  }
}

/** The `Status` that `operation` is refused with. */
export function refusal(operation: () => unknown): StatusError['status'] {
  try {
    operation();
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
  throw new Error('it was not refused');
}

export const pod = (name: string, more: { node?: string; labels?: Record<string, string> } = {}): object => ({
  metadata: { name, ...(more.labels !== undefined && { labels: more.labels }) },
  spec: {
    containers: [{ name: 'main', image: 'example.com/app:1' }],
    ...(more.node !== undefined && { nodeName: more.node }),
  },
});

export const configMap = (name: string, data: Record<string, string> = {}): object => ({
  metadata: { name },
  data,
});
