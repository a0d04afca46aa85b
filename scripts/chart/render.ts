/**
 * What the chart makes of values, without a cluster.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';

/** Folder of the chart. */
export const chartFolder: string = fileURLToPath(
  new URL('../../deploy/charts/aad-pod-identity', import.meta.url),
);

/** How to render. */
export interface Rendering {
  readonly release?: string;
  readonly namespace?: string;
  readonly values?: object;
  /** @default 1.33.0 */
  readonly kubeVersion?: string;
  /** Templates to show, such as `mic-exception.yaml`; omitted: all. */
  readonly only?: readonly string[];
  /** With hooks, which `helm install` does not send. @default true */
  readonly hooks?: boolean;
}

/**
 * `helm template`.
 *
 * @throws Error with what helm says: a value that the schema refuses, or one that is missing
 */
export async function renderChart(helm: string, rendering: Rendering = {}): Promise<string> {
  const { release = 'aad-pod-identity', namespace = 'kube-system', values = {}, only = [] } = rendering;
  const arguments_ = [
    ...['template', release, chartFolder, '--namespace', namespace, '--values', '-'],
    ...['--kube-version', rendering.kubeVersion ?? '1.33.0'],
    ...(rendering.hooks === false ? ['--no-hooks'] : []),
    ...only.flatMap((template) => ['--show-only', `templates/${template}`]),
  ];
  const running = promisify(execFile)(helm, arguments_, { maxBuffer: 16 * 1024 * 1024 });
  running.child.stdin?.end(stringify(values));
  const { stdout } = await running;
  return stdout;
}
