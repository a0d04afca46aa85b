import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A real etcd and kube-apiserver (and, if asked for, controller-manager and scheduler) on this machine. */
export interface ControlPlane extends AsyncDisposable {
  /** Path of a kubeconfig whose user is in `system:masters`. */
  kubeconfig: string;
  /** Of the API server, `https://<address>:<port>`. */
  url: string;
  /** PEM of the authority that signed the server's certificate. */
  ca: string;
  /** PEM client certificate and key of an administrator. */
  admin: { cert: string; key: string };
  /** etcd's client URL; its JSON gateway (`/v3/kv/compaction`, …) answers there without credentials. */
  etcd: string;
  /** Logs are in `log/`, keys in `pki/`. Removed at the end. */
  directory: string;
  /**
   * Kills the API server, and the controller-manager and the scheduler with it: they end by themselves in a real
   * outage, when they cannot renew their lease. Here they have none, and would look for it by backoffs of up to a
   * minute, of which each controller has its own. Resolves when they are gone, and their ports are free.
   */
  stopApiServer(): Promise<void>;
  /** Starts all of them again, on the same ports and data; resolves when the API server is ready. */
  startApiServer(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Makes `default` service accounts, finishes deleted namespaces, runs Deployments. Default: false. */
  controllerManager?: boolean;
  /** Default: false: a pod stays Pending unless its `spec.nodeName` is given. */
  scheduler?: boolean;
  /** More flags of kube-apiserver, separated by blanks. */
  apiserverFlags?: string;
  /** More flags of kube-controller-manager, separated by blanks. */
  controllerManagerFlags?: string;
  /** Address that the API server listens on; one of this network namespace. @default 127.0.0.1 */
  address?: string;
}

const script = (name: 'up' | 'down'): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * Starts a control plane of its own, in a directory of its own; disposal, or the end of this process however it
 * comes, ends exactly its processes and removes the directory. The binary is built on first use (about four minutes) and cached.
 * @throws if a part is missing (Go, openssl, …) or does not start: the message is that of the script `up`.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const directory = await mkdtemp(join(tmpdir(), 'control-plane-'));
  const environment = {
    ...process.env,
    CLUSTER_DIR: directory,
    CONTROLLER_MANAGER: options.controllerManager === true ? '1' : '0',
    SCHEDULER: options.scheduler === true ? '1' : '0',
    OWNER_PID: `${process.pid}`,
    APISERVER_FLAGS: options.apiserverFlags ?? '',
    CONTROLLER_MANAGER_FLAGS: options.controllerManagerFlags ?? '',
    ...(options.address !== undefined && { ADDRESS: options.address }),
  };
  const end = async (): Promise<void> => {
    await run(script('down'), environment);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const kubeconfig = await run(script('up'), environment);
    const pem = (file: string): Promise<string> => readFile(join(directory, 'pki', file), 'utf8');
    const ports = await readPorts(join(directory, 'ports'));
    return {
      kubeconfig,
      url: `https://${options.address ?? '127.0.0.1'}:${ports('api_port')}`,
      ca: await pem('ca.crt'),
      admin: { cert: await pem('admin.crt'), key: await pem('admin.key') },
      etcd: `http://127.0.0.1:${ports('etcd_port')}`,
      directory,
      stopApiServer: async () => {
        await run(script('down'), environment, [
          'kube-scheduler',
          'kube-controller-manager',
          'kube-apiserver',
        ]);
      },
      startApiServer: async () => {
        // Whoever ends everything with this process is there already.
        await run(script('up'), { ...environment, OWNER_PID: '' });
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function readPorts(file: string): Promise<(name: string) => string> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const ports = new Map(lines.map((line) => line.split('=') as [string, string]));
  return (name) => {
    const port = ports.get(name);
    if (port === undefined) throw new Error(`${file} has no ${name}`);
    return port;
  };
}

/** Runs a script to its end and gives the last line of its output; its messages go to stderr as they come. */
async function run(command: string, env: NodeJS.ProcessEnv, args: string[] = []): Promise<string> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let messages = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    messages += chunk.toString();
    process.stderr.write(chunk);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0)
    throw new Error(`${command} failed (${code}):\n${messages.trim().split('\n').slice(-20).join('\n')}`);
  return output.trim().split('\n').at(-1) ?? '';
}
