import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '..');
const heading = '## Use the rules in your own code';

/**
 * Does what the README says under {@link heading}: packs, installs and runs its lines over a cluster's YAML. Only the
 * build before it is left out, and the tarballs are put into `folder`.
 */
export async function runReadme(folder: string): Promise<void> {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8');
  const section = readme.slice(readme.indexOf(heading)).split('\n## ', 1)[0] ?? '';
  const program = blockOf(section, 'js');
  const commands = blockOf(section, '');
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

/** The first code block of that language. */
function blockOf(markdown: string, language: string): string {
  for (const [, tag, block = ''] of markdown.matchAll(/^```(\w*)\n([^]*?)^```$/gm))
    if (tag === language) return block;
  throw new Error(`the README has no block of ${language} under "${heading}"`);
}

function manifests(): string {
  const folder = join(repository, 'examples', 'policy-tests', 'cluster');
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n---\n');
}
