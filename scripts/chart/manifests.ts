/**
 * `npm run manifests`: writes what is made from other files: the plain manifests from the chart, and the chart's copies
 * of the custom resource definitions and admission policies. With `-- --check` it writes nothing, and fails where something is out of step.
 *
 * @module
 */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plainManifests } from './plain-manifests.js';
import { chartHelm } from './tools.js';

const deploy = fileURLToPath(new URL('../../deploy', import.meta.url));

const wanted = new Map(await plainManifests(await chartHelm()));
// A chart holds everything that it installs.
for (const [from, to] of [
  ['crds', 'crds'],
  ['admission', 'files/admission'],
] as const) {
  for (const name of await readdir(join(deploy, from))) {
    if (name.endsWith('.yaml') && name !== 'tenancy-config.yaml')
      wanted.set(`charts/aad-pod-identity/${to}/${name}`, await readFile(join(deploy, from, name), 'utf8'));
  }
}

const stale: string[] = [];
for (const [path, text] of wanted) {
  const file = join(deploy, path);
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue;
  stale.push(path);
  if (process.argv.includes('--check')) continue;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
const list = stale.map((path) => `  deploy/${path}\n`).join('');
if (stale.length === 0) process.stdout.write('all manifests are in step\n');
else if (process.argv.includes('--check')) {
  process.stderr.write(`out of step, run npm run manifests:\n${list}`);
  process.exitCode = 1;
} else process.stdout.write(`written:\n${list}`);
