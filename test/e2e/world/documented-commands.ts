import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder of the repository. */
export const repository: string = join(import.meta.dirname, '..', '..', '..');

/**
 * The arguments of the `kubectl` lines in the code blocks of a document, in their order; only those under a heading where
 * one is given. That of it which needs a real kubelet is left out: `kubectl logs`.
 *
 * @throws Error where there are none
 */
export async function documentedCommands(
  document: string,
  heading?: string,
): Promise<readonly (readonly string[])[]> {
  const commands: string[][] = [];
  let inBlock = false;
  let under = heading === undefined;
  for (const written of (await readFile(join(repository, document), 'utf8')).split('\n')) {
    const line = written.trimStart();
    if (line.startsWith('```')) inBlock = !inBlock;
    else if (!inBlock && line.startsWith('#') && heading !== undefined)
      under = line.replace(/^#+ /, '') === heading;
    else if (inBlock && under && /^kubectl (?!logs)/.test(line)) commands.push(line.split(/\s+/).slice(1));
  }
  if (commands.length === 0)
    throw new Error(`${document} has no kubectl line under ${heading ?? 'any heading'}`);
  return commands;
}
