import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders that are made, and those of the generator. */
const skipped = new Set(['node_modules', 'dist', 'coverage', 'site']);

/** Paths of all Markdown files of the repository, from its root. */
export function markdownPages(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return entry.name.startsWith('.') || skipped.has(entry.name) ? [] : markdownPages(root, path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}
