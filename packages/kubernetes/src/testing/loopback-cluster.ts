/** The simulator behind a relay, so that its connections can be cut or frozen, with a kubeconfig that leads there. */
import { startSimulator, type Simulator } from '@aad-pod-identity/simulator';
import { parse, stringify } from 'yaml';
import type { Resource } from '../resource.js';
import { startRelay, type Relay } from './http-server.js';

export interface LoopbackCluster extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly relay: Relay;
  /** Leads through the relay. */
  readonly kubeconfig: string;
}

export async function startLoopbackCluster(): Promise<LoopbackCluster> {
  const simulator = await startSimulator();
  const relay = await startRelay(Number(new URL(simulator.urls.kubernetes).port));
  const config = parse(simulator.kubeconfig) as { clusters: { cluster: { server: string } }[] };
  for (const { cluster } of config.clusters) cluster.server = relay.url;
  return {
    simulator,
    relay,
    kubeconfig: stringify(config),
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await simulator[Symbol.asyncDispose]();
    },
  };
}

export interface ConfigMap {
  readonly name: string;
  readonly value: string;
}

export const configMaps: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  decode(json) {
    const { metadata, data } = json as { metadata: { name: string }; data?: { value?: string } };
    return { ok: true, value: { name: metadata.name, value: data?.value ?? '' } };
  },
};
