import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const packages = join(import.meta.dirname, '..', 'packages');

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (path) =>
        path.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\/|(^|\/)node_modules\/|(^|\/)dist\//.test(path),
    )
    .filter((path) => path.includes('/src/'))
    .map((path) => join(folder, path));
}

const sources = sourceFiles(packages).map((path) => ({
  path,
  lines: readFileSync(path, 'utf8').split('\n').length - 1,
}));

describe('source files', () => {
  it('are small: half under 110 lines, nine of ten under 250', () => {
    const lengths = sources.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(lengths.length).toBeGreaterThan(50);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(110);
    expect(lengths[Math.floor(lengths.length * 0.9)]).toBeLessThan(250);
  });

  it('are named for the one thing in them', () => {
    const vague = /^(utils?|helpers?|common|misc|manager|shared|types)\.ts$/;
    expect(sources.map(({ path }) => path).filter((path) => vague.test(basename(path)))).toEqual([]);
  });

  it('of the pure packages read no clock and no runtime', () => {
    const impure = sources.filter(
      ({ path }) =>
        /packages\/(core|matcher)\/src\//.test(path) &&
        /from '(node:|@azure\/|@kubernetes\/|hono|undici|pino)|\bDate\.now\(|Math\.random\(|new Date\(\)/.test(
          readFileSync(path, 'utf8'),
        ),
    );
    expect(impure.map(({ path }) => path)).toEqual([]);
  });
});
