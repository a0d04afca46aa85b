import { readlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Where a path of a container really is below its root: links are followed as the container would follow them. */
export async function pathInRoot(root: string, path: string): Promise<string> {
  let parts = path.split('/').filter((part) => part !== '');
  let found = '/';
  for (let links = 0; parts.length > 0;) {
    const [part = '', ...rest] = parts;
    const next = resolve(found, part);
    const link = await readlink(join(root, next)).catch(() => undefined);
    if (link === undefined) {
      found = next;
      parts = rest;
    } else {
      if (++links > 40) throw new Error(`too many links in ${path}`);
      parts = [...link.split('/').filter((one) => one !== ''), ...rest];
      if (link.startsWith('/')) found = '/';
    }
  }
  return found;
}
