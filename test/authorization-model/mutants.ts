/**
 * Deliberate faults in NMI's decision code, one at a time: the comparison with the model must find each. Prints what it
 * found and fails where one was missed.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mutations, type Mutation } from './mutations.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const atOnce = 2;

/** @returns the first line that the comparison says; `undefined` where it finds nothing */
async function foundBy(mutation: Mutation): Promise<string | undefined> {
  const args = [
    ...['--conditions=@aad-pod-identity/source', '--import', './test/replace-source.mjs'],
    ...['--import', 'tsx', 'test/authorization-model/run.ts', '--requests', '60000', '--seed', '1'],
  ];
  const env = { ...process.env, REPLACE_SOURCE: JSON.stringify(mutation) };
  try {
    await run(process.execPath, args, { cwd: root, env, maxBuffer: 64 * 1_048_576 });
    return undefined;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    const [first = ''] = stdout.split('\n');
    if (!first.startsWith('FAILED'))
      throw new Error(`${mutation.fault}: the comparison itself failed: ${stderr}`);
    return first;
  }
}

const queue = [...mutations];
let missed = 0;
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (let mutation = queue.shift(); mutation !== undefined; mutation = queue.shift()) {
      const found = await foundBy(mutation);
      if (found === undefined) missed++;
      console.log(
        `${found === undefined ? 'MISSED' : 'found'}: ${mutation.fault}${found === undefined ? '' : ` (${found})`}`,
      );
    }
  }),
);
console.log(`${mutations.length - missed} of ${mutations.length} faults found`);
if (missed > 0) process.exitCode = 1;
