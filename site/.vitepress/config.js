import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import { markdownPages } from '../../scripts/site/markdown-pages.ts';
import { rewriteLinks } from '../../scripts/site/link-rule.ts';
import { navigation } from '../../scripts/site/navigation.ts';
import { sitePath } from '../../scripts/site/page-links.ts';

const root = resolve(import.meta.dirname, '../..');
const pages = markdownPages(root);
const repository = process.env.REPOSITORY_URL?.replace(/\/$/, '');
const linked = new Set();
const groups = navigation(root, pages).map(({ text, items }) => ({
  text,
  collapsed: false,
  items: items.map(({ text, page }) => ({
    text,
    link: `/${sitePath(page).replace(/(^|\/)index\.md$/, '$1')}`,
  })),
}));

export default defineConfig({
  title: 'AAD Pod Identity',
  description: 'Azure tokens for pods on Kubernetes, with no credential in the pod',
  base: process.env.DOCS_BASE ?? '/',
  // No picture of its own: without this, browsers ask for one.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  srcDir: root,
  srcExclude: ['**/{dist,coverage}/**', 'site/**'],
  outDir: join(root, 'dist/site'),
  cacheDir: join(root, 'site/node_modules/.cache'),
  rewrites: Object.fromEntries(pages.map((page) => [page, sitePath(page)])),
  markdown: {
    anchor: { slugify: slug },
    config: (markdown) =>
      rewriteLinks(markdown, { root, pages: new Set(pages), repository, linked: (path) => linked.add(path) }),
  },
  // Pages lie outside of the generator's folder, from where its own packages are not found.
  vite: {
    plugins: [
      {
        name: 'vue-of-the-site',
        enforce: 'pre',
        resolveId(source, _importer, options) {
          if (!/^vue(\/|$)/.test(source)) return null;
          if (options.ssr) return { id: source, external: true };
          return this.resolve(source, join(root, 'site/package.json'), { ...options, skipSelf: true });
        },
      },
    ],
  },
  themeConfig: {
    search: { provider: 'local', options: { detailedView: true } },
    outline: [2, 3],
    nav: groups.map(({ text, items }) => ({ text, link: items[0].link })),
    sidebar: [{ text: 'Overview', link: '/' }, ...groups],
    ...(repository && { socialLinks: [{ icon: 'github', link: repository }] }),
  },
  buildEnd: ({ outDir }) => {
    for (const path of linked) {
      mkdirSync(dirname(join(outDir, path)), { recursive: true });
      copyFileSync(join(root, path), join(outDir, path));
    }
  },
});
