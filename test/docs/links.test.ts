import { describe, expect, it } from 'vitest';
import { brokenLinks } from './broken-links.js';
import { markdownFiles, parsePage, readPage } from './markdown-page.js';

describe('links', () => {
  it.each(markdownFiles())('of %s lead to files and headings that are there', (path) => {
    const page = readPage(path);
    expect(page && brokenLinks(page)).toEqual([]);
  });

  it('that lead nowhere are named, with their line', () => {
    const page = parsePage(
      'docs/page.md',
      [
        '# One `two` (three)',
        '',
        'See [this](#one-two-three), [that](#one-two), [a page](spec.md), <https://example.com/none> and',
        '[none](nowhere.md).',
        '',
        '| a                                      |',
        '| -------------------------------------- |',
        '| [heading](../README.md#no-such-heading) |',
        '| [outside](../../other), [root](/docs)  |',
        '',
        '[reference]: ../nowhere/README.md',
        '',
        'A [reference], an ![image](none.png), <a id="here"></a>[marked](#here).',
        '',
        '```',
        '[code](nowhere.md)',
        '```',
      ].join('\n'),
    );
    expect(brokenLinks(page)).toEqual([
      'docs/page.md:3: #one-two: docs/page.md has no heading #one-two',
      'docs/page.md:3: nowhere.md: there is no docs/nowhere.md',
      'docs/page.md:8: ../README.md#no-such-heading: README.md has no heading #no-such-heading',
      'docs/page.md:9: ../../other: leads out of the repository',
      'docs/page.md:9: /docs: is not relative, so it leads elsewhere on each site that shows this page',
      'docs/page.md:13: ../nowhere/README.md: there is no nowhere/README.md',
      'docs/page.md:13: none.png: there is no docs/none.png',
    ]);
  });

  it('are found everywhere', () => {
    const found = markdownFiles();
    for (const path of [
      'README.md',
      'docs/adr/README.md',
      'packages/core/README.md',
      'deploy/crds/README.md',
    ])
      expect(found).toContain(path);
  });
});
