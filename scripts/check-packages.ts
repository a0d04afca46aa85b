/**
 * Holds every published package against publint and attw; uses core, matcher and client as a stranger would, installed
 * from their tarballs into an empty folder; and starts each program's one file with no node_modules beside it. On this
 * Node and on the one that NODE24 names.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { runChecks } from './counted-checks.js';
import { packagesFolder, packPackages, tarballsOf, type PackedPackage } from './pack-packages.js';
import { inTemporaryFolder } from './temporary-folder.js';

const run = promisify(execFile);
const programs = [
  ['azure-assigner', 'mic'],
  ['nmi-server', 'nmi'],
  ['client', 'demo'],
  ['simulator', 'simulator'],
] as const;
const probe = 'installed-packages.mjs';
const root = join(import.meta.dirname, '..');

await inTemporaryFolder(async (folder) => {
  const packed = await packPackages(folder);
  await runChecks([
    ...[...packed.values()].flatMap((one) => [
      [`publint ${one.name}`, () => lint(one)] as const,
      [`attw ${one.name}`, () => checkTypes(one)] as const,
    ]),
    [`core, matcher and client in an empty folder`, () => install(folder, packed)],
    ...nodes().map((node) => [`they run on ${node}`, () => use(folder, node)] as const),
    ['the ten lines of the README', () => tenLines(folder)],
    ...programs.flatMap(([owner, program]) =>
      nodes().map((node) => [`${program} alone on ${node}`, () => start(owner, program, node)] as const),
    ),
    ...nodes().map((node) => [`the thread of nmi alone on ${node}`, () => startThread(node)] as const),
  ]);
});

async function lint({ folder }: PackedPackage): Promise<void> {
  const { messages } = await publint({ pkgDir: folder, strict: true });
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  if (messages.length > 0) throw new Error(messages.map((one) => formatMessage(one, manifest)).join('\n'));
}

async function checkTypes({ tarball }: PackedPackage): Promise<void> {
  await run('npx', ['attw', tarball, '--profile', 'esm-only', '--no-emoji', '--no-color']);
}

/** No workspace, no overrides: what npm makes of the tarballs alone. */
async function install(folder: string, packed: ReadonlyMap<string, PackedPackage>): Promise<void> {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  copyFileSync(join(import.meta.dirname, probe), join(folder, probe));
  const tarballs = tarballsOf(['core', 'matcher', 'client'], packed);
  await run('npm', ['install', '--no-audit', '--no-fund', ...tarballs], { cwd: folder });
}

async function use(folder: string, node: string): Promise<void> {
  const { stdout } = await run(node, [probe], { cwd: folder });
  process.stdout.write(stdout);
}

/** The README's own lines, over the manifests of an example. */
async function tenLines(folder: string): Promise<void> {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, lines] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  if (lines === undefined) throw new Error('the README has no block of JavaScript');
  writeFileSync(join(folder, 'access.mjs'), lines);
  const manifests = join(root, 'examples', 'policy-tests', 'violated', 'cluster');
  const texts = readdirSync(manifests).map((name) => readFileSync(join(manifests, name), 'utf8'));
  writeFileSync(join(folder, 'cluster.yaml'), texts.join('\n---\n'));
  await run('npm', ['install', '--no-audit', '--no-fund', 'yaml@2.9.1'], { cwd: folder });
  const { stdout } = await run(process.execPath, ['access.mjs'], { cwd: folder });
  if (!stdout.includes('team-b/report-writer may use billing')) throw new Error(`they said: ${stdout}`);
}

/** A program shows its flags only once all of its file is loaded. */
async function start(owner: string, program: string, node: string): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const file = join(folder, `${program}.mjs`);
    copyFileSync(join(packagesFolder, owner, 'dist', 'bin', `${program}.js`), file);
    const { stdout } = await run(node, [file, '--help'], { cwd: folder });
    if (!stdout.startsWith(`Usage of ${program}:`)) throw new Error(`it said: ${stdout}`);
  });
}

/** nmi opens certificates in a thread, which begins with the same file: given none that it can open, it says so. */
async function startThread(node: string): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const file = join(folder, 'nmi.mjs');
    copyFileSync(join(packagesFolder, 'nmi-server', 'dist', 'bin', 'nmi.js'), file);
    const task = "{ kind: 'pfx', pfx: new Uint8Array(9), password: '', name: 'a/s' }";
    const program = `new (require('node:worker_threads').Worker)(process.argv[1], { workerData: ${task} }).on('message', console.log)`;
    const { stdout } = await run(node, ['-e', program, file], { cwd: folder });
    if (!stdout.includes('The PFX in Secret a/s cannot be opened')) throw new Error(`it said: ${stdout}`);
  });
}

function nodes(): string[] {
  const second = process.env['NODE24'];
  return second === undefined || second === '' ? [process.execPath] : [process.execPath, second];
}
