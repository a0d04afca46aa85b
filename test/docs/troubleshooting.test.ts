import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { refuse, type RefusalReason } from '../../packages/nmi-server/src/request/refusal.js';
import { programMessages } from './program-messages.js';

const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');
const source = readFileSync(
  new URL('../../packages/nmi-server/src/request/refusal.ts', import.meta.url),
  'utf8',
);
/** The keys of the table that gives each reason its code. */
const reasons = Array.from(
  /const errorOfReason[^{]*\{([^}]*)\}/.exec(source)?.[1]?.matchAll(/'([\w-]+)':/g) ?? [],
  ([, reason = '']) => reason,
);
/** Cells of the tables' rows. A `|` within a cell is written `\|`. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^[|\s:-]+$/.test(line))
  .map((line) =>
    line
      .replaceAll('\\|', '\u0000')
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replaceAll('\u0000', '|').trim()),
  );
const spansOf = (cell: string): string[] =>
  Array.from(cell.matchAll(/`` ?(.+?) ?``|`([^`]+)`/g), ([, double, single]) => double ?? single ?? '');
/** What stands in the first column: messages, each one searchable as it is printed. */
const documented = rows.flatMap(([first = '']) => spansOf(first));

const piecesOf = (text: string): string[] =>
  text
    .split('…')
    .map((piece) => piece.replaceAll(/\s+/g, ' ').trim())
    .filter((piece) => /\w/.test(piece));

/** Whether all of `text` that is not filled in stands in `span`, in order. */
function isIn(text: string, span: string): boolean {
  let from = 0;
  for (const piece of piecesOf(text)) {
    const at = span.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return true;
}

const wordsOf = (text: string): string[] => text.match(/[A-Za-z][\w'-]{2,}/g) ?? [];
/** Words that a message is filled in with and that stand alone in the source. */
const filledIn = new Set(
  'AzureIdentity AzureIdentityBinding Entra MIC_POD_NAMESPACE Deployment get_secret pod was'.split(' '),
);

describe('docs/troubleshooting.md', () => {
  const messages = programMessages();

  it('has every message that MIC and NMI can print', () => {
    expect(messages.length).toBeGreaterThan(300);
    const missing = messages.filter(({ text }) => !documented.some((span) => isIn(text, span)));
    expect(missing.map(({ place, text }) => `${place}: ${text}`)).toEqual([]);
  });

  it('has no message that they cannot print', () => {
    const foreign = documented.filter((span) => {
      const said = new Set(
        messages.filter(({ text }) => isIn(text, span)).flatMap(({ text }) => wordsOf(text)),
      );
      return wordsOf(span).some((word) => !said.has(word) && !filledIn.has(word));
    });
    expect(foreign.filter((span) => !reasons.includes(span))).toEqual([]);
  });

  it('says of every message what it means and what to do', () => {
    const bare = rows.filter(([, ...more]) => more.length < 2 || more.some((cell) => cell.length < 3));
    expect(bare).toEqual([]);
  });

  it('lists every reason of a refusal with its status', () => {
    const listed = Object.fromEntries(
      rows
        .filter(([first = '']) => reasons.includes(spansOf(first)[0] ?? ''))
        .map(([first = '', status]) => [spansOf(first)[0], Number(status)]),
    );
    expect(listed).toEqual(
      Object.fromEntries(reasons.map((reason) => [reason, refuse(reason as RefusalReason, '').status])),
    );
  });
});
