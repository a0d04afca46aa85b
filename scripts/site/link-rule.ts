import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { MarkdownIt } from 'markdown-it';
import { relativeHref, siteLink } from './page-links.js';

/** What the rule needs to know of the site. */
export interface SiteLinks {
  /** Folder of the repository. */
  readonly root: string;
  /** Paths of the pages, from there. */
  readonly pages: ReadonlySet<string>;
  /** Where the repository can be looked at, without a slash at the end; undefined: nowhere. */
  readonly repository: string | undefined;
  /** Is told of each file that a page links to and that must therefore lie on the site. */
  readonly linked: (path: string) => void;
}

/**
 * Makes links that were written for GitHub work on the site: to pages, to files in the repository, and, where that has
 * no address, to copies of those files. A folder can't be copied: its link is taken off and the words stay.
 */
export function rewriteLinks(markdown: MarkdownIt, { root, pages, repository, linked }: SiteLinks): void {
  markdown.core.ruler.push('repository-links', (state) => {
    // The site's generator says in `path` which file this is.
    const { path: file } = state.env as { readonly path: string };
    const page = file.slice(root.length + 1);
    for (const block of state.tokens) {
      const open: (typeof block)[] = [];
      for (const token of block.children ?? []) {
        if (token.type === 'link_open') {
          open.push(token);
          const link = siteLink(page, String(token.attrGet('href')), pages);
          if (link.kind === 'page') token.attrSet('href', link.href);
          if (link.kind === 'source') toSource(token, link.path);
        }
        if (token.type === 'link_close') token.tag = open.pop()?.tag ?? 'a';
      }
    }

    function toSource(
      token: { tag: string; attrs: unknown; attrSet(name: string, value: string): void },
      path: string,
    ): void {
      const folder = statSync(join(root, path)).isDirectory();
      if (repository !== undefined) {
        token.attrSet('href', `${repository}/${folder ? 'tree' : 'blob'}/main/${path}`);
      } else if (folder) {
        token.tag = 'span';
        token.attrs = [];
      } else {
        linked(path);
        token.attrSet('href', relativeHref(page, path));
        // Not for the router of the site, which knows pages only.
        token.attrSet('target', '_blank');
      }
    }
  });
}
