import { existsSync } from 'node:fs';
import { join } from 'node:path';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import { rewriteLinks } from '../../scripts/site/link-rule.js';
import { navigation } from '../../scripts/site/navigation.js';
import { markdownFiles, root } from './markdown-page.js';

const pages = markdownFiles();

/** What a paragraph of docs/mic.md becomes, and which files were to be copied. */
function render(text: string, repository?: string): { html: string; linked: string[] } {
  const linked: string[] = [];
  const markdown = new MarkdownIt();
  rewriteLinks(markdown, { root, pages: new Set(pages), repository, linked: (path) => linked.push(path) });
  return { html: markdown.render(text, { path: join(root, 'docs/mic.md') }), linked };
}

describe('links of the site', () => {
  it.each([
    ['[a](spec.md)', '/docs/spec.md'],
    ['[a](spec.md#1-parts)', '/docs/spec.md#1-parts'],
    ['[a](../README.md)', '/'],
    ['[a](../deploy/README.md#x)', '/deploy/#x'],
    ['[a](../packages/core)', '/packages/core/'],
    ['[a](#here)', '#here'],
    ['[a](https://example.com/)', 'https://example.com/'],
  ])('lead to pages, with their anchors: %s', (text, href) => {
    expect(render(text).html).toBe(`<p><a href="${href}">a</a></p>\n`);
  });

  it('to what is no page lead to the repository, or to a copy', () => {
    const text = '[a](../LICENSE) [b](../deploy/charts)';
    expect(render(text)).toEqual({
      html: '<p><a href="../LICENSE" target="_blank">a</a> <span>b</span></p>\n',
      linked: ['LICENSE'],
    });
    expect(render(text, 'https://example.com/r')).toEqual({
      html: '<p><a href="https://example.com/r/blob/main/LICENSE">a</a> <a href="https://example.com/r/tree/main/deploy/charts">b</a></p>\n',
      linked: [],
    });
  });
});

describe('the navigation of the site', () => {
  const items = navigation(root, pages).flatMap((group) => group.items);

  it('has every page of docs/, once', () => {
    const wanted = pages.filter((page) => /^docs\/[^/]+$/.test(page));
    expect(wanted.length).toBeGreaterThan(10);
    expect(items.map(({ page }) => page)).toEqual(expect.arrayContaining(wanted));
    expect(new Set(items.map(({ page }) => page)).size).toBe(items.length);
  });

  it('has no page that is not there, and a name for each', () => {
    for (const { page, text } of items) {
      expect(existsSync(join(root, page))).toBe(true);
      expect(text).not.toMatch(/\.md$/);
    }
  });
});
