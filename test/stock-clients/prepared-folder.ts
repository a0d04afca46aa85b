import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder of the cache that is made once for given pins. Its path holds their hash, so a changed pin makes a new one.
 *
 * @param pins - the files that decide what comes into it
 * @param toolchain - the version of what makes it
 * @param make - fills the folder, which is empty
 * @returns the folder
 */
export async function preparedFolder(
  name: string,
  pins: readonly string[],
  toolchain: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const hash = createHash('sha256').update(toolchain);
  for (const file of pins) hash.update('\0').update(readFileSync(file));
  const key = `${name}-${hash.digest('hex').slice(0, 16)}`;
  const folder = join(cache, 'aad-pod-identity', 'stock-clients', key);
  const complete = join(folder, 'complete');
  if (statSync(complete, { throwIfNoEntry: false }) === undefined) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await make(folder);
    writeFileSync(complete, '');
  }
  return folder;
}
