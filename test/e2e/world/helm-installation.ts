/**
 * The installation by helm and the chart.
 *
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '@aad-pod-identity/core';
import { azurePaths } from './azure.js';
import type { Cluster } from './cluster.js';
import { run } from './command.js';
import type { Installation, Values } from './installation.js';
import { rolledOut } from './rollout.js';

const repository = join(import.meta.dirname, '..', '..', '..');
const chart = join(repository, 'deploy', 'charts', 'aad-pod-identity');
const originalChart = join(repository, 'test', 'take-over', 'chart');
const release = 'aad-pod-identity';

/** What every installation here has: the simulated Azure is a cloud of its own, as an Azure Stack is. */
const always: Values = {
  mic: { customCloud: { enabled: true, configPath: azurePaths.environment } },
  nmi: { enableConntrackDeletion: true, tolerations: [{ operator: 'Exists' }] },
};

/** How helm is called. */
export interface HelmOptions {
  readonly cluster: Cluster;
  readonly helm: string;
  readonly kubeconfig: string;
  /** For what helm keeps. */
  readonly folder: string;
}

/** Where this installs to: not where the original's manifests do, so that nothing depends on that. */
export const installationNamespace = 'identity-system';

/** Calls helm. */
export class HelmInstallation implements Installation {
  readonly namespace = installationNamespace;
  readonly mic = 'aad-pod-identity-mic';
  readonly nmi = 'aad-pod-identity-nmi';
  readonly #options: HelmOptions;

  constructor(options: HelmOptions) {
    this.#options = options;
  }

  async install(values: Values): Promise<void> {
    await this.#upgrade(chart, merge(always, values));
  }

  /** Installs a release of the original's chart, or as much of it as `test/take-over/chart` holds. */
  async installOriginal(values: Values): Promise<void> {
    await this.#upgrade(originalChart, values);
  }

  /** Goes back to a revision of the release. */
  async rollback(revision: number): Promise<void> {
    await this.#helm('rollback', release, `${revision}`, '--timeout', '3m');
    await rolledOut(this.#options.cluster, this);
  }

  async #upgrade(from: string, values: Values): Promise<void> {
    const { cluster, folder } = this.#options;
    await mkdir(folder, { recursive: true });
    const file = join(folder, 'values.json');
    await writeFile(file, JSON.stringify(values));
    const how = ['--install', '--create-namespace', '--reset-values', '--values', file, '--timeout', '3m'];
    await this.#helm('upgrade', release, from, ...how);
    await rolledOut(cluster, this);
  }

  async uninstall(): Promise<void> {
    await this.#helm('uninstall', release, '--ignore-not-found', '--wait', '--timeout', '5m');
  }

  async #helm(...args: readonly string[]): Promise<string> {
    const { helm, kubeconfig, folder } = this.#options;
    const homes = ['HELM_CACHE_HOME', 'HELM_CONFIG_HOME', 'HELM_DATA_HOME'].map((name) => [
      name,
      join(folder, name),
    ]);
    return run(helm, [...args, '--namespace', this.namespace], {
      environment: {
        PATH: process.env['PATH'],
        HOME: folder,
        KUBECONFIG: kubeconfig,
        ...Object.fromEntries(homes),
      },
    });
  }
}

/** One above the other, as helm does. */
function merge(below: Values, above: Values): Values {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const under = merged[key];
    merged[key] = isRecord(under) && isRecord(value) ? merge(under, value) : value;
  }
  return merged;
}
