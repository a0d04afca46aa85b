/**
 * `npm run e2e:cluster`: prepares what is needed, and plays the scenarios in namespaces of their own. Whatever happens,
 * nothing is left of them: with the first process in there everything ends, and that one ends with this.
 *
 *   npm run e2e:cluster -- [--only TEXT]... [--keep] [--images]
 *
 * `--images`: `mic`, `nmi` and `demo` run from the root file systems of the images that `npm run images` has built; without
 * it, from the built programs on this machine's file system.
 *
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chartHelm } from '../../scripts/chart/tools.js';
import { buildPrograms } from '../../scripts/program-bundles.js';
import { stockClients } from '../stock-clients/clients.js';
import { installClients } from '../stock-clients/install.js';
import { missingTools } from '../stock-clients/toolchains.js';
import { unpackImage } from '../images/unpacked-image.js';

/** How long the scenarios get to end in good order, once told to. */
const patienceMs = 30_000;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    keep: { type: 'boolean', default: false },
    images: { type: 'boolean', default: false },
  },
});

function require(condition: boolean, message: string): void {
  if (condition) return;
  console.error(`e2e:cluster needs ${message}`);
  process.exit(2);
}

const onPath = (tool: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

require(process.platform === 'linux' &&
  process.getuid?.() === 0, 'Linux and root, for namespaces and iptables');
for (const tool of [
  'ip',
  'iptables',
  'conntrack',
  'unshare',
  'setpriv',
  'chroot',
  'mount',
  'openssl',
  'curl',
  'kubectl',
])
  require(onPath(
    tool,
  ), `${tool} (Debian: iproute2 iptables conntrack util-linux coreutils mount openssl curl; kubectl is Kubernetes’ own)`);

const names = ['mic', 'nmi', 'demo'] as const;
const unpacked = values.images ? names.map((name) => ({ name, image: unpackImage(name) })) : [];
process.on('exit', () => {
  for (const { image } of unpacked) image[Symbol.dispose]();
});
const roots = Object.fromEntries(
  unpacked.map(({ name, image }) => [name, { root: image.rootFileSystem, process: image.config.process }]),
);
const { mic, nmi, demo } = await buildPrograms((line) => console.error(line), values.images ? [] : names);
// Where it has to be built first, that takes minutes, and needs the network that is not there later.
execFileSync(join(import.meta.dirname, '..', 'controlplane', 'build'), {
  stdio: ['ignore', 'ignore', 'inherit'],
});

const helm = await chartHelm();
const missing = await missingTools();
require(missing.length === 0, `what this machine lacks: ${missing.join('; ')}`);
const installed = await installClients((line) => console.error(line));
// The Azure CLI needs a configuration of its own for this Azure: `npm run stock-clients` has it.
const stock = Object.fromEntries(
  stockClients(installed)
    .filter(({ id }) => id !== 'az' && !id.endsWith('-default'))
    .map(({ id, command }) => [`stock-${id.replace('-managed', '')}`, command]),
);
// They are all in folders of one.
const cache = dirname(dirname(installed.go));

const folder = await mkdtemp(join(tmpdir(), 'aad-e2e-'));
const source = ['--conditions=@aad-pod-identity/source', '--import', 'tsx'];
const inside = spawn(
  'unshare',
  [
    ...[
      '--net',
      '--mount',
      '--pid',
      '--ipc',
      '--uts',
      '--fork',
      '--kill-child',
      '--mount-proc',
      '--propagation',
      'private',
    ],
    // The shell takes up every process whose parent has ended, as the first one of a machine does.
    ...['sh', '-c', 'mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns && "$@"; exit $?', 'sh'],
    ...[process.execPath, ...source, join(import.meta.dirname, 'inside.ts')],
    JSON.stringify({ folder, files: { mic, nmi, demo }, roots, helm, stock, cache, only: values.only }),
  ],
  // It ends when its input does.
  { stdio: ['pipe', 'inherit', 'inherit'], detached: true },
);
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interrupted = true;
    inside.stdin.end();
    setTimeout(() => inside.kill('SIGKILL'), patienceMs).unref();
  });
process.on('exit', () => inside.kill('SIGKILL'));

const [code] = (await once(inside, 'close')) as [number | null];
const passed = code === 0 && !interrupted;
if (passed && !values.keep) await rm(folder, { recursive: true, force: true });
else console.error(`all logs are in ${join(folder, 'logs')}`);
process.exitCode = passed ? 0 : (code ?? 1) || 1;
