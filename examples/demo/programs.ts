import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProgramFiles } from '../../scripts/program-bundles.js';
import type { ChildProcesses } from './child-processes.js';
import { until, type Patience } from './condition.js';
import { nodeName, type Stage } from './stage.js';

/** What all programs of the demo run with. */
export interface Cast {
  readonly files: ProgramFiles;
  readonly children: ChildProcesses;
  readonly stage: Stage;
  /** A folder of the demo's own. */
  readonly folder: string;
  readonly patience: Patience;
}

/** What the simulator says when it is ready. */
interface SimulatorReady {
  readonly urls: {
    readonly arm: string;
    readonly entra: string;
    readonly admin: string;
    /** By node. */
    readonly imds: Readonly<Record<string, string>>;
  };
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

/** A simulator that runs. */
export interface RunningSimulator extends SimulatorReady {
  readonly kubeconfig: string;
  /** The certificate authority that it signs with, PEM. */
  readonly ca: string;
}

/** Starts the simulator; resolves when it is ready. */
export async function startSimulator(cast: Cast): Promise<RunningSimulator> {
  const { files, stage } = cast;
  const kubeconfig = join(cast.folder, 'kubeconfig');
  mkdirSync(environmentFolder(cast), { recursive: true });
  const args = [`--kubeconfig=${kubeconfig}`, `--environment-dir=${environmentFolder(cast)}`, '--json'];
  const [line] = await startAndAwait(
    cast,
    {
      name: 'simulator',
      file: files.simulator,
      args: [...args, ...stage.simulatorArguments],
      environment: {},
    },
    /^\{"ready":true.*$/,
  );
  const ready = JSON.parse(line) as SimulatorReady;
  return { ...ready, kubeconfig, ca: await readFile(join(environmentFolder(cast), 'ca.crt'), 'utf8') };
}

/** Starts MIC; resolves when it leads and has its lists. */
export async function startMic(cast: Cast, { kubeconfig }: RunningSimulator): Promise<void> {
  const args = [
    `--kubeconfig=${kubeconfig}`,
    `--cloudconfig=${join(environmentFolder(cast), 'azure.json')}`,
    // At once, so that the story can end with it; two minutes are the default.
    '--unassign-grace-period=0s',
    '--http-probe-port=0',
    '--prometheus-port=0',
  ];
  const environment = azureEnvironment(cast);
  await startAndAwait(
    cast,
    { name: 'mic', file: cast.files.mic, args, environment },
    /the lists are in; working/,
  );
}

/** Starts NMI on the node; resolves with where it listens. */
export async function startNmi(cast: Cast, { kubeconfig, urls }: RunningSimulator): Promise<URL> {
  const args = [
    `--kubeconfig=${kubeconfig}`,
    `--node=${nodeName}`,
    // How long a labelled pod waits for a binding before it is refused; five seconds are the default.
    '--binding-grace=1s',
    '--http-probe-port=0',
    '--prometheus-port=0',
    ...cast.stage.nmiArguments(new URL(urls.imds[nodeName] ?? '')),
  ];
  const environment = azureEnvironment(cast);
  const [, address] = await startAndAwait(
    cast,
    { name: 'nmi', file: cast.files.nmi, args, environment },
    cast.stage.nmiReady,
  );
  return new URL(`http://${address ?? ''}`);
}

/** The variables by which a program finds the simulated Azure instead of the real one. */
export function azureEnvironment(cast: Cast): Readonly<Record<string, string>> {
  return {
    AZURE_ENVIRONMENT_FILEPATH: join(environmentFolder(cast), 'azure-environment.json'),
    NODE_EXTRA_CA_CERTS: join(environmentFolder(cast), 'ca.crt'),
  };
}

function environmentFolder({ folder }: Cast): string {
  return join(folder, 'azure');
}

interface Start {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts a program on the node and waits for a line of its output. */
async function startAndAwait(
  { children, stage, patience }: Cast,
  command: Start,
  line: RegExp,
): Promise<RegExpExecArray> {
  let found: RegExpExecArray | undefined;
  let notify = (): void => undefined;
  children.start({ ...command, prefix: stage.onNode }, (text) => {
    found ??= line.exec(text) ?? undefined;
    notify();
  });
  return until(
    `${command.name} to be ready`,
    () => found,
    (listener) => {
      notify = listener;
      return () => {
        notify = (): void => undefined;
      };
    },
    patience,
  );
}
