/**
 * Runs the tests of the examples as a user would: each copied into an empty folder, with our packages installed from
 * tarballs and everything else from the registry. And the lines of the README that use the matcher.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runChecks } from './counted-checks.js';
import { ownDependencies, packPackages, tarballsOf, type PackedPackage } from './pack-packages.js';
import { runReadme } from './run-readme.js';
import { inTemporaryFolder } from './temporary-folder.js';

const run = promisify(execFile);
const examples = join(import.meta.dirname, '..', 'examples');

await inTemporaryFolder(async (folder) => {
  const packed = await packPackages(folder);
  await runChecks([
    ...['policy-tests', 'custom-controller'].map(
      (name) => [name, () => runExample(name, join(folder, name), packed)] as const,
    ),
    ['the lines of the README', () => runReadme(join(folder, 'readme'))],
  ]);
});

async function runExample(
  name: string,
  folder: string,
  packed: ReadonlyMap<string, PackedPackage>,
): Promise<void> {
  const source = join(examples, name);
  mkdirSync(folder);
  cpSync(source, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
  const tarballs = tarballsOf(ownDependencies(source, 'devDependencies'), packed);
  await run('npm', ['install', '--no-audit', '--no-fund', ...tarballs], { cwd: folder });
  const { stdout } = await run('npm', ['test'], { cwd: folder });
  process.stdout.write(stdout);
}
