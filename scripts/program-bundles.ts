/**
 * The programs as single files, built only where a source is newer than they are.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { program } from '../tsup.shared.js';

const root = join(import.meta.dirname, '..');
const packageOf = {
  mic: 'azure-assigner',
  nmi: 'nmi-server',
  demo: 'client',
  simulator: 'simulator',
} as const;

/** A program that is bundled. */
export type ProgramName = keyof typeof packageOf;

/** The path of each program's file. */
export type ProgramFiles = Readonly<Record<ProgramName, string>>;

/** Builds what is stale, all at once, and gives the paths. `say` hears of each one that is built. */
export async function buildPrograms(
  say: (line: string) => void,
  names: readonly ProgramName[] = Object.keys(packageOf) as ProgramName[],
): Promise<ProgramFiles> {
  const changed = Math.max(...sources().map((path) => statSync(path).mtimeMs));
  const stale = names.filter(
    (name) => Math.min(modified(fileOf(name)), modified(metafileOf(name))) < changed,
  );
  const started = performance.now();
  await Promise.all(stale.map(buildProgram));
  if (stale.length > 0) {
    say(`built ${stale.join(', ')} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  return { mic: fileOf('mic'), nmi: fileOf('nmi'), demo: fileOf('demo'), simulator: fileOf('simulator') };
}

/**
 * Folders of the packages from `node_modules` that went into a program, as `package-lock.json` spells them, in order.
 * The program must have been built by {@link buildPrograms}.
 */
export function bundledPackages(name: ProgramName): readonly string[] {
  const { outputs } = JSON.parse(readFileSync(metafileOf(name), 'utf8')) as {
    outputs: Readonly<Record<string, { inputs: Readonly<Record<string, { bytesInOutput: number }>> }>>;
  };
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort();
}

/** Builds beside the old file and then takes its place, so that who runs the old one is not disturbed. */
async function buildProgram(name: ProgramName): Promise<void> {
  // Only here: where nothing is stale, the bundler need not be loaded.
  const { build } = await import('tsup');
  const folder = join(root, 'packages', packageOf[name]);
  mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
  const outDir = mkdtempSync(join(root, 'node_modules', '.cache', `bundle-${name}-`));
  try {
    await build({
      ...program(name),
      entry: { [`bin/${name}`]: join(folder, 'src', 'bin', `${name}.ts`) },
      outDir,
      config: false,
      silent: true,
      metafile: true,
    });
    mkdirSync(dirname(metafileOf(name)), { recursive: true });
    renameSync(join(outDir, 'metafile-esm.json'), metafileOf(name));
    mkdirSync(join(folder, 'dist', 'bin'), { recursive: true });
    renameSync(join(outDir, 'bin', `${name}.js`), fileOf(name));
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

function fileOf(name: ProgramName): string {
  return join(root, 'packages', packageOf[name], 'dist', 'bin', `${name}.js`);
}

/** What the bundler says that it has put into the program's file. */
function metafileOf(name: ProgramName): string {
  return join(root, 'node_modules', '.cache', 'bundles', `${name}.json`);
}

/** Everything that a bundle can hold: the sources of all packages, and what decides on dependencies and options. */
function sources(): string[] {
  const packages = join(root, 'packages');
  const code = readdirSync(packages).flatMap((name) =>
    readdirSync(join(packages, name, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      .map((path) => join(packages, name, 'src', path)),
  );
  return [...code, join(root, 'package-lock.json'), join(root, 'tsup.shared.ts')];
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
