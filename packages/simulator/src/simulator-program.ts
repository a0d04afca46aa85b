/**
 * The program `aad-pod-identity-simulator`: a simulator that runs until it is told to stop.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  booleanFlag,
  choiceFlag,
  durationFlag,
  parseFlags,
  portFlag,
  stringFlag,
  usage,
  UsageError,
  type ProgramContext,
} from '@aad-pod-identity/program';
import { parseAllDocuments } from 'yaml';
import { defaultServicePrincipal, defaultWorld } from './default-world.js';
import { azureJson } from './environment-files.js';
import type { KubernetesObject } from './kubernetes/index.js';
import { writePrivateFile } from './private-file.js';
import type { Simulator } from './simulator.js';
import type { Addresses, SimulatorOptions } from './simulator-options.js';
import { startSimulator } from './start-simulator.js';

const flags = {
  kubeconfig: stringFlag({ default: '', description: 'the kubeconfig to write (required)' }),
  'environment-dir': stringFlag({
    default: '',
    description: 'a folder to write azure.json, azure-environment.json, ca.crt and simulator.json to',
  }),
  crds: stringFlag({
    default: 'auto',
    description:
      'a folder of custom resource definitions to install; auto: deploy/crds of the repository, none: none',
  }),
  host: stringFlag({ default: '127.0.0.1', description: 'the address to listen on' }),
  'certificate-hosts': stringFlag({
    default: '',
    description: 'further names for the server certificate, comma-separated',
  }),
  'imds-address': stringFlag({
    default: '',
    description: 'NODE=ADDRESS:PORT: where the IMDS of that node listens; without it any port of --host',
  }),
  'kubernetes-port': portFlag({ default: 0, description: 'port of the Kubernetes API; 0: any' }),
  'arm-port': portFlag({ default: 0, description: 'port of ARM; 0: any' }),
  'entra-port': portFlag({ default: 0, description: 'port of Entra; 0: any' }),
  'admin-port': portFlag({ default: 0, description: 'port of the admin API; 0: any' }),
  seed: stringFlag({ default: 'simulator', description: 'the same seed gives the same IDs' }),
  'vm-update-duration': durationFlag({
    default: 500,
    description: 'how long an update of a virtual machine takes',
  }),
  'scale-set-update-duration': durationFlag({
    default: 1000,
    description: 'how long an update of a scale set takes',
  }),
  limits: choiceFlag({
    choices: ['real', 'off'],
    default: 'real',
    description: 'request limits of ARM and IMDS',
  }),
  json: booleanFlag({ default: false, description: 'print one line of JSON when ready, and nothing else' }),
  help: booleanFlag({ default: false, description: 'print this and exit' }),
};

/**
 * Runs until `context.stop` aborts. `defaultCrds` is the folder that `--crds=auto` means.
 *
 * @throws UsageError for a command line that makes no sense
 */
export async function simulatorProgram(context: ProgramContext, defaultCrds: string): Promise<void> {
  const { values, positional } = parseFlags(flags, context.argv, context.environment);
  if (values.help) return context.print(usage('simulator', flags));
  if (positional.length > 0) throw new UsageError(`unexpected argument "${positional[0] ?? ''}"`);
  if (values.kubeconfig === '') throw new UsageError('--kubeconfig is missing: name the file to write it to');
  const options: SimulatorOptions = {
    seed: values.seed,
    world: defaultWorld,
    latencies: {
      virtualMachineUpdate: values['vm-update-duration'],
      scaleSetUpdate: values['scale-set-update-duration'],
    },
    ...(values.limits === 'off' && { limits: { compute: 'off', imds: 'off' } }),
    addresses: {
      host: values.host,
      certificateHosts: values['certificate-hosts'].split(',').filter((name) => name !== ''),
      ports: {
        kubernetes: values['kubernetes-port'],
        arm: values['arm-port'],
        entra: values['entra-port'],
        admin: values['admin-port'],
      },
      ...imdsAddress(values['imds-address'], values.host),
    },
    customResourceDefinitions: await readDefinitions(values.crds, defaultCrds),
  };
  await using simulator = await startSimulator(options);
  await simulator.writeKubeconfig(values.kubeconfig);
  const directory = values['environment-dir'];
  if (directory !== '') await writeEnvironment(simulator, directory);
  context.print(
    values.json
      ? readyJson(simulator, values.kubeconfig)
      : readyText(simulator, values.kubeconfig, directory),
  );
  await stopped(context.stop);
}

function imdsAddress(text: string, host: string): Pick<Addresses, 'imds'> {
  if (text === '') return {};
  const [, node, address = '', port] = /^([^=]+)=(.+):(\d{1,5})$/.exec(text) ?? [];
  if (node === undefined) throw new UsageError(`--imds-address: "${text}" is not NODE=ADDRESS:PORT`);
  return {
    imds: (name) => (name === node ? { host: address, port: Number(port) } : { host, port: 0 }),
  };
}

async function readDefinitions(folder: string, defaultFolder: string): Promise<Partial<KubernetesObject>[]> {
  if (folder === 'none') return [];
  const from = folder === 'auto' ? defaultFolder : folder;
  let names: string[];
  try {
    names = await readdir(from);
  } catch (error) {
    throw new UsageError(`--crds: cannot read the folder ${from} (${String(error)}); name another, or none`);
  }
  const definitions: Partial<KubernetesObject>[] = [];
  for (const name of names.filter((one) => /\.(ya?ml|json)$/.test(one)).sort()) {
    for (const document of parseAllDocuments(await readFile(join(from, name), 'utf8'))) {
      const definition = document.toJS() as Partial<KubernetesObject> | null;
      if (definition?.kind === 'CustomResourceDefinition') definitions.push(definition);
    }
  }
  return definitions;
}

async function writeEnvironment(simulator: Simulator, directory: string): Promise<void> {
  const files = {
    'azure.json': JSON.stringify(azureJson(simulator, defaultServicePrincipal), undefined, 2),
    'azure-environment.json': JSON.stringify(simulator.azureEnvironment, undefined, 2),
    'ca.crt': simulator.caCertificate,
    'simulator.json': JSON.stringify(describe(simulator), undefined, 2),
  };
  for (const [name, text] of Object.entries(files))
    await writePrivateFile(join(directory, name), `${text}\n`);
}

function describe(simulator: Simulator): Record<string, unknown> {
  const { urls, tenantId, subscriptionId, resourceGroup } = simulator;
  return { urls, tenantId, subscriptionId, resourceGroup };
}

function readyJson(simulator: Simulator, kubeconfig: string): string {
  return `${JSON.stringify({ ready: true, developmentOnly: true, kubeconfig, ...describe(simulator) })}\n`;
}

function readyText(simulator: Simulator, kubeconfig: string, directory: string): string {
  const { kubernetes, arm, entra, admin, imds } = simulator.urls;
  const lines = [
    'A simulator for development and tests. It is not a cluster and not Azure: never use it in production.',
    `  Kubernetes API  ${kubernetes}`,
    `  ARM             ${arm}`,
    `  Entra           ${entra}`,
    `  admin API       ${admin}`,
    ...Object.entries(imds).map(([node, url]) => `  IMDS of ${node.padEnd(12)} ${url}`),
    `  subscription ${simulator.subscriptionId}, resource group ${simulator.resourceGroup}, tenant ${simulator.tenantId}`,
    ...(directory === ''
      ? []
      : [
          `For mic: AZURE_ENVIRONMENT_FILEPATH=${join(directory, 'azure-environment.json')} NODE_EXTRA_CA_CERTS=${join(directory, 'ca.crt')} --cloudconfig=${join(directory, 'azure.json')}`,
        ]),
    `ready: kubectl --kubeconfig ${kubeconfig} get nodes`,
  ];
  return `${lines.join('\n')}\n`;
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
