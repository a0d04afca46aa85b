/**
 * Tarballs of the packages, as they would be published.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the packages are. */
export const packagesFolder: string = join(import.meta.dirname, '..', 'packages');

/** A package, packed. */
export interface PackedPackage {
  /** Without the scope: `core`. */
  readonly name: string;
  readonly folder: string;
  readonly tarball: string;
}

/** Packs all packages into `folder`. Throws where one of them is not built. */
export async function packPackages(folder: string): Promise<ReadonlyMap<string, PackedPackage>> {
  const packed = await Promise.all(
    readdirSync(packagesFolder).map(async (name): Promise<PackedPackage> => {
      const source = join(packagesFolder, name);
      if (!existsSync(join(source, 'dist', 'index.d.ts'))) {
        throw new Error(`packages/${name} is not built; run: npm run build`);
      }
      const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: source });
      const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
      return { name, folder: source, tarball: join(folder, filename) };
    }),
  );
  return new Map(packed.map((one) => [one.name, one]));
}

/** The tarballs of the named packages and of everything of ours that these depend on. */
export function tarballsOf(names: readonly string[], packed: ReadonlyMap<string, PackedPackage>): string[] {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    const found = packed.get(name);
    if (found === undefined) throw new Error(`there is no package ${name}`);
    if (wanted.has(name)) return;
    wanted.add(name);
    ownDependencies(found.folder).forEach(add);
  };
  names.forEach(add);
  return [...wanted].map((name) => packed.get(name)?.tarball ?? '');
}

/** The names, without the scope, of our packages that the `package.json` in a folder names for those who install it. */
export function ownDependencies(folder: string, ...further: readonly 'devDependencies'[]): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Readonly<
    Record<string, Readonly<Record<string, string>> | undefined>
  >;
  const scope = '@aad-pod-identity/';
  return (['dependencies', ...further] as const)
    .flatMap((kind) => Object.keys(manifest[kind] ?? {}))
    .filter((name) => name.startsWith(scope))
    .map((name) => name.slice(scope.length));
}
