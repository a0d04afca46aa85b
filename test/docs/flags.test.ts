import { readFileSync } from 'node:fs';
import { usage } from '@aad-pod-identity/program';
import { describe, expect, it } from 'vitest';
import { micFlags } from '../../packages/azure-assigner/src/mic-flags.js';
import { nmiFlags } from '../../packages/nmi-server/src/nmi-flags.js';

const page = readFileSync(new URL('../../docs/upgrade.md', import.meta.url), 'utf8');

/** A row of the tables of flags. */
interface DocumentedFlag {
  readonly fallback: string;
  readonly kind: string;
}

/** The rows under a heading, by the flag's name. */
function documented(heading: string): Record<string, DocumentedFlag> {
  const chapter = page.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const rows = chapter.matchAll(/^\| `--([\w-]+)` +\| *(?:`([^`]*)`)? *\| ([a-z ]+?) +\|/gm);
  return Object.fromEntries(
    Array.from(rows, ([, name = '', fallback = '', kind = '']) => [name, { fallback, kind }]),
  );
}

describe.each([
  ['MIC', micFlags],
  ['NMI', nmiFlags],
] as const)('the flags of %s in docs/upgrade.md', (program, flags) => {
  const listed = { ...documented('Both'), ...documented(program) };

  it('are those that it takes, and no others', () => {
    expect(Object.keys(listed).sort()).toEqual(Object.keys(flags).sort());
  });

  it('have their defaults', () => {
    const helped = usage(
      'x',
      Object.fromEntries(
        Object.entries(flags).map(([name, flag]) => [name, { ...flag, obsolete: undefined }]),
      ),
    );
    for (const [name, { fallback }] of Object.entries(listed)) {
      const shown = new RegExp(`^  --${name}(?: [a-z]+)?(?: \\(default (.*)\\))?$`, 'm').exec(helped)?.[1];
      expect([name, fallback === 'false' ? '' : fallback]).toEqual([name, shown ?? '']);
    }
  });

  it('are said to have no effect where they have none', () => {
    const without = Object.entries(flags).filter(([, { obsolete }]) => obsolete !== undefined);
    const said = Object.entries(listed).filter(([, { kind }]) => kind === 'no effect');
    expect(said.map(([name]) => name).sort()).toEqual(without.map(([name]) => name).sort());
  });
});
