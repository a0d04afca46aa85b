import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chartFolder } from '../../scripts/chart/render.js';
import { pageFiles } from './command-faults.js';
import { root, type MarkdownPage } from './markdown-page.js';

const execute = promisify(execFile);
const release = 'aad-pod-identity';

/** What runs the lines of the documentation. */
export interface Tools {
  readonly helm: string;
  readonly kubeconfig: string;
  /** A folder for what the reader would have. */
  readonly folder: string;
}

/**
 * Failures that say nothing against a line: there is no kubelet, so no pod runs, and what a page takes as an example is
 * not there. A flag, a resource or a file that does not exist is none of these.
 */
const excused =
  /\(NotFound\)|\(AlreadyExists\)|already exists|timed out waiting|exceeded its progress|no matching resources found|not have a host assigned/;

/** Runs one call of kubectl or helm; resolves to what is wrong with it, or undefined. */
export async function fault(
  page: MarkdownPage,
  command: readonly string[],
  tools: Tools,
): Promise<string | undefined> {
  const [program = '', ...args] = await withFiles(page, command, tools);
  try {
    if (program === 'helm') await runHelm(args, tools);
    else await run('kubectl', kubectlArguments(args), tools);
    return undefined;
  } catch (error) {
    const { stderr, killed } = error as { readonly stderr?: string; readonly killed?: boolean };
    return killed === true || excused.test(stderr ?? '') ? undefined : (stderr ?? String(error)).trim();
  }
}

/** Has the API server read an object of a page as it would read it at apply time. */
export async function refusal(manifest: string, tools: Tools): Promise<string | undefined> {
  const file = join(tools.folder, 'block.yaml');
  await writeFile(file, filled(manifest));
  return run('kubectl', ['apply', '--dry-run=server', '--validate=strict', '-f', file], tools).then(
    () => undefined,
    (error: unknown) => {
      const { stderr = '' } = error as { readonly stderr?: string };
      return /namespaces "\w[\w-]*" not found/.test(stderr) ? undefined : stderr.trim();
    },
  );
}

/** The same for every page: a release where the line needs one, none where it makes one. */
async function runHelm(args: readonly string[], tools: Tools): Promise<void> {
  const namespaced = ['--namespace', 'kube-system'];
  const uninstall = ['uninstall', release, ...namespaced, '--no-hooks', '--ignore-not-found'];
  if (args[0] === 'install') await run(tools.helm, uninstall, tools);
  else await run(tools.helm, ['upgrade', '--install', release, chartFolder, ...namespaced], tools);
  // The hook is a Job, and there is no kubelet to run it.
  await run(tools.helm, [...args, ...(args[0] === 'uninstall' ? ['--no-hooks'] : [])], tools);
}

/** Those of the reader: his kubeconfig is that of the control plane, and nobody waits for pods that no kubelet runs. */
function kubectlArguments(args: readonly string[]): string[] {
  const own = args.filter((arg, index) => !/^--kubeconfig/.test(arg) && args[index - 1] !== '--kubeconfig');
  const waits = own.includes('wait') || own.includes('rollout');
  return waits ? [...own.filter((arg) => !arg.startsWith('--timeout')), '--timeout=1s'] : own;
}

/** Words in capitals that have to be of some form. */
function filled(text: string): string {
  return text
    .replaceAll(/\b(IDENTITY_)?CLIENT_ID\b/g, '00000000-0000-0000-0000-000000000001')
    .replaceAll(/\bNAMESPACE\b/g, 'default')
    .replaceAll(
      /\b(IDENTITY_)?RESOURCE_ID\b/g,
      '/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i',
    );
}

async function withFiles(
  page: MarkdownPage,
  command: readonly string[],
  { folder }: Tools,
): Promise<string[]> {
  const files = pageFiles(page);
  const readers =
    command[0] === 'helm' ? '{}\n' : 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: readers }\n';
  const place = async (arg: string): Promise<string> => {
    const [, flag = '', name = arg] = /^(.*=)?(.*)$/s.exec(arg) ?? [];
    const isReaders = /^[A-Z_]+\.yaml$|^old-values\.yaml$|^\w+\.(pfx|pem)$/.test(name);
    const text = files.get(name) ?? (isReaders ? readers : undefined);
    if (text === undefined) return filled(arg);
    await writeFile(join(folder, name), filled(text));
    return flag + join(folder, name);
  };
  return Promise.all(command.map(place));
}

async function run(program: string, args: readonly string[], { kubeconfig }: Tools): Promise<void> {
  await execute(program, args, {
    cwd: root,
    env: { ...process.env, KUBECONFIG: kubeconfig },
    timeout: 30_000,
    maxBuffer: 16 * 1024 * 1024,
  });
}
