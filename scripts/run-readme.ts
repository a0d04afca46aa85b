import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readPage, root as repository } from '../test/docs/markdown-page.js';

const run = promisify(execFile);
const heading = 'Use the rules in your own code';

/**
 * Does what the README says under {@link heading}: packs, installs and runs its lines over a cluster's YAML. Only the
 * build before it is left out, and the tarballs are put into `folder`.
 */
export async function runReadme(folder: string): Promise<void> {
  const blocks = readPage('README.md')?.blocks.filter((block) => block.heading === heading) ?? [];
  const blockOf = (wanted: string): string => {
    const found = blocks.find(({ language }) => language === wanted);
    if (found === undefined) throw new Error(`the README has no block of ${wanted} under "${heading}"`);
    return found.text;
  };
  const program = blockOf('js');
  const commands = blockOf('');
  const application = join(folder, 'application');
  mkdirSync(application, { recursive: true });
  writeFileSync(join(application, 'access.mjs'), program);
  writeFileSync(join(application, 'cluster.yaml'), manifests());
  const [pack = '', ...rest] = commands.trim().replaceAll('FOLDER', application).split('\n');
  const packing = pack.replace('npm run build && npm pack', `npm pack --pack-destination ${folder}`);
  if (packing === pack) throw new Error(`the README packs by other means: ${pack}`);
  await run('bash', ['-ec', packing], { cwd: repository });
  const { stdout } = await run('bash', ['-ec', rest.join('\n')], { cwd: folder });
  for (const expected of [' may use ', 'billing'])
    if (!stdout.includes(expected)) throw new Error(`access.mjs does not say "${expected}": ${stdout}`);
  process.stdout.write(stdout);
}

function manifests(): string {
  const folder = join(repository, 'examples', 'policy-tests', 'cluster');
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n---\n');
}
