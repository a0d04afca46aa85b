import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
/** Pages whose tables say which test shows a sentence. */
const pages = ['docs/original-defects.md', 'docs/security.md', 'docs/testing.md'];

/** A test as a page names it: its file, and its title to the letter. */
interface NamedTest {
  readonly path: string;
  readonly title: string;
}

const reference = /`([\w./-]+\.(?:ts|json))` “([^”]+)”/g;

function namedTests(text: string): NamedTest[] {
  return Array.from(text.matchAll(reference), ([, path = '', title = '']) => ({ path, title }));
}

/** Paths in packages are written without that folder. */
function fileOf(path: string): string | undefined {
  return [join(root, path), join(root, 'packages', path)].find((file) => existsSync(file));
}

/** The title as the first argument of a test or group, or, in the vectors, as the name of a case. */
function holds(file: string, title: string): boolean {
  const text = readFileSync(file, 'utf8');
  if (file.endsWith('.json')) return text.includes(`"name": ${JSON.stringify(title)}`);
  return ["'", '"', '`'].some((quote) => text.includes(`${quote}${title}${quote},`));
}

/** Rows of the tables whose last column is called `test`. */
function rows(text: string): string[] {
  const found: string[] = [];
  let counts = false;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) counts = false;
    else if (/\|\s*test\s*\|\s*$/.test(line)) counts = true;
    else if (counts && !/^[|\s:-]+$/.test(line)) found.push(line);
  }
  return found;
}

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');

  it('names only tests that are there', () => {
    const missing = namedTests(text).filter(({ path, title }) => {
      const file = fileOf(path);
      return file === undefined || !holds(file, title);
    });
    expect(missing).toEqual([]);
  });

  it('names a test in every row', () => {
    expect(rows(text).length).toBeGreaterThan(10);
    expect(rows(text).filter((row) => namedTests(row).length === 0)).toEqual([]);
  });
});
