import { readFileSync } from 'node:fs';
import { READY, READY_REASONS } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';

const text = readFileSync(new URL('../docs/conditions.md', import.meta.url), 'utf8');

/** The cells of each row of the table of reasons. */
const rows = text
  .split('\n')
  .filter((line) => /^\| Azure\w+ +\|/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('docs/conditions.md', () => {
  it('lists every reason with its kind, type and status, and no other', () => {
    const listed = rows.map((cells) => cells.slice(0, 4).join(' '));
    const written = Object.entries(READY_REASONS).flatMap(([kind, reasons]) =>
      Object.entries(reasons).map(([reason, status]) => `${kind} ${READY} ${status} ${reason}`),
    );
    expect([...listed].sort()).toEqual([...written].sort());
  });

  it('says of each what it means, and what to do', () => {
    for (const [, , , reason, meaning = '', remedy = ''] of rows) {
      expect([reason, meaning.length > 10, remedy.length > 3]).toEqual([reason, true, true]);
    }
  });
});
