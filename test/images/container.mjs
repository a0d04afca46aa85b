/**
 * Runs an image in a container, in the foreground, in the network that this program is in: as the user of the image,
 * with a root file system that nothing can write to, and no capability beyond those that are given.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {object} options
 * @param {any} options.config the runtime configuration that umoci has made
 * @param {string} options.rootFileSystem
 * @param {readonly string[]} options.capabilities
 * @param {readonly string[]} options.readable folders that are shown to it, read-only
 * @param {string} options.work a folder for the runtime
 * @param {number} options.mountsOf a process that sees the control groups: `ip netns exec` hides them
 * @param {string} options.name
 */
export function runContainer({ config, rootFileSystem, capabilities, readable, work, mountsOf, name }) {
  const [, , ...args] = process.argv;
  mkdirSync(work, { recursive: true });
  const bundle = mkdtempSync(join(work, `${name}-`));
  const id = bundle.slice(work.length + 1);
  const { process: described, linux, mounts } = config;
  const passed = Object.entries(process.env).filter(([key]) => /^(AZURE_|NODE_EXTRA_CA_CERTS$)/.test(key));
  const sets = ['bounding', 'effective', 'permitted'].map((set) => [set, capabilities]);
  const bind = (folder) => ({
    destination: folder,
    type: 'bind',
    source: folder,
    options: ['rbind', 'ro', 'nosuid', 'nodev', 'noexec'],
  });
  const ours = {
    ...config,
    root: { path: rootFileSystem, readonly: true },
    process: {
      ...described,
      terminal: false,
      args: [...described.args, ...args],
      env: [...described.env, ...passed.map(([key, value]) => `${key}=${value}`)],
      capabilities: Object.fromEntries(sets),
      noNewPrivileges: true,
    },
    mounts: [
      ...mounts,
      // As the pod has it: where iptables keeps its lock, and where folders are mounted.
      { destination: '/run', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'size=1m'] },
      { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'size=1m'] },
      ...readable.map(bind),
    ],
    linux: { ...linux, namespaces: linux.namespaces.filter(({ type }) => type !== 'network') },
  };
  // As the files of a Secret are for the group of a pod.
  for (const folder of readable) spawnSync('chmod', ['-R', 'a+rX', folder]);
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(ours));
  const runc = ['runc', '--root', join(work, 'state')];
  const inMounts = ['nsenter', `--mount=/proc/${mountsOf}/ns/mnt`, '--'];
  const [program, ...rest] = [...inMounts, ...runc, 'run', '--bundle', bundle, id];
  const child = spawn(program, rest, { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
  child.on('close', (code, signal) => {
    spawnSync(runc[0], [...runc.slice(1), 'delete', '--force', id], { stdio: 'ignore' });
    rmSync(bundle, { recursive: true, force: true });
    process.exitCode = code ?? (signal === null ? 1 : 128);
  });
}
