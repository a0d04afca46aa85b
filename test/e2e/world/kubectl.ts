import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.js';

/** Runs this machine's kubectl as the cluster's administrator. Resolves with what it printed; rejects with what it said. */
export type Kubectl = (args: readonly string[], options?: { readonly folder?: string }) => Promise<string>;

/** Makes it; `folder` is for what kubectl keeps. */
export function kubectlOf(kubeconfig: string, folder: string): Kubectl {
  return async (args, { folder: workingFolder } = {}) => {
    await mkdir(folder, { recursive: true });
    const environment = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: kubeconfig };
    // What one server serves is not what it serves a minute later, when definitions come and go.
    const cache = `--cache-dir=${join(folder, `cache-${performance.now()}`)}`;
    return run('kubectl', [cache, ...args], {
      environment,
      ...(workingFolder !== undefined && { folder: workingFolder }),
    });
  };
}
