import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the containers of a pod have printed, every pod of that name in its turn; `kubectl logs`, over restarts. */
export async function podLog(
  logs: string,
  of: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const names = (await readdir(logs)).filter((file) => file.startsWith(`${of.namespace}_${of.name}_`)).sort();
  const texts = await Promise.all(names.map((file) => readFile(join(logs, file), 'utf8')));
  return texts.join('');
}

/** The lines of that which are JSON, parsed. */
export async function podLines<T>(
  logs: string,
  of: { readonly namespace: string; readonly name: string },
): Promise<readonly T[]> {
  const text = await podLog(logs, of);
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as T);
}
