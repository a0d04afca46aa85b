import { dirname, join, normalize, relative } from 'node:path/posix';

/** What a link of a page is on the site. */
export type SiteLink =
  /** Another host, or a place on the same page: as it is. */
  | { readonly kind: 'unchanged' }
  /** A page of the site. */
  | { readonly kind: 'page'; readonly href: string }
  /** A file or folder of the repository that is no page, by its path from the root. */
  | { readonly kind: 'source'; readonly path: string };

/** The path on the site of a page of the repository: a README is what its folder shows. */
export function sitePath(page: string): string {
  return page.replace(/(^|\/)README\.md$/, '$1index.md');
}

/**
 * Where a link leads that was written for GitHub.
 *
 * @param page path of the page that has it, from the root of the repository
 * @param pages all that the site has
 */
export function siteLink(page: string, href: string, pages: ReadonlySet<string>): SiteLink {
  if (/^([a-z][a-z+.-]*:|#|\/)/i.test(href)) return { kind: 'unchanged' };
  const [file = '', anchor] = href.split('#');
  const path = normalize(join(dirname(page), file)).replace(/\/$/, '');
  const target = [path, join(path, 'README.md')].find((candidate) => pages.has(candidate));
  if (target === undefined) return { kind: 'source', path };
  const link = `/${sitePath(target)}`.replace(/(^|\/)index\.md$/, '$1');
  return { kind: 'page', href: anchor === undefined ? link : `${link}#${anchor}` };
}

/** From a page of the site to a file that lies beside it, for a site at any base. */
export function relativeHref(page: string, path: string): string {
  return relative(dirname(sitePath(page)), path);
}
