import { statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { readPage, root, type Link, type MarkdownPage } from './markdown-page.js';

/** Links of a page that lead nowhere, each as `file:line: target: what is wrong`. Other hosts are not asked. */
export function brokenLinks(page: MarkdownPage): string[] {
  return page.links.flatMap((link) => {
    const fault = faultOf(page, link);
    return fault === undefined ? [] : [`${page.path}:${link.line}: ${link.target}: ${fault}`];
  });
}

function faultOf(page: MarkdownPage, { target }: Link): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined;
  if (target.startsWith('/'))
    return 'is not relative, so it leads elsewhere on each site that shows this page';
  const [file = '', anchor] = decodeURI(target).split('#');
  if (file === '') return missingAnchor(page, anchor);
  const path = normalize(join(dirname(page.path), file));
  if (path.startsWith('..')) return 'leads out of the repository';
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (found === undefined) return `there is no ${path}`;
  const shown = found.isDirectory() ? join(path, 'README.md') : path;
  return missingAnchor(shown.endsWith('.md') ? readPage(shown) : undefined, anchor);
}

function missingAnchor(page: MarkdownPage | undefined, anchor: string | undefined): string | undefined {
  return page === undefined || anchor === undefined || page.anchors.has(anchor)
    ? undefined
    : `${page.path} has no heading #${anchor}`;
}
