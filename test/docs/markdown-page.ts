import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';
import { markdownPages } from '../../scripts/site/markdown-pages.js';

/** Root of the repository. */
export const root: string = join(import.meta.dirname, '..', '..');

/** A link or the source of an image, as it is written. */
export interface Link {
  readonly target: string;
  /** Of the paragraph, heading or table row that it stands in, from 1. */
  readonly line: number;
}

/** A fenced block. */
export interface CodeBlock {
  /** First word after the fence; empty where there is none. */
  readonly language: string;
  readonly text: string;
  /** Words of the heading that it stands under; empty before the first. */
  readonly heading: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  /** What the HTML comment right before it says, trimmed; undefined: there is none. */
  readonly comment: string | undefined;
}

/** A Markdown file as GitHub shows it. */
export interface MarkdownPage {
  /** From the root of the repository. */
  readonly path: string;
  readonly links: readonly Link[];
  /** What `#` can refer to. */
  readonly anchors: ReadonlySet<string>;
  readonly blocks: readonly CodeBlock[];
}

const parser = new MarkdownIt({ html: true, linkify: true });
type Token = ReturnType<typeof parser.parse>[number];

/** Paths of all Markdown files of the repository, from its root. */
export const markdownFiles = (): string[] => markdownPages(root);

/** Reads a page; undefined where there is no such file. */
export function readPage(path: string): MarkdownPage | undefined {
  const file = join(root, path);
  return existsSync(file) ? parsePage(path, readFileSync(file, 'utf8')) : undefined;
}

/** @param path what `path` of the page is to say */
export function parsePage(path: string, text: string): MarkdownPage {
  const tokens = parser.parse(text, {});
  const slugger = new GithubSlugger();
  const links: Link[] = [];
  const anchors = new Set<string>();
  const blocks: CodeBlock[] = [];
  let line = 1;
  let heading = '';
  for (const [index, token] of tokens.entries()) {
    // A cell of a table has no place of its own; its row has.
    if (token.map) line = token.map[0] + 1;
    const before = tokens[index - 1];
    if (before?.type === 'heading_open') {
      heading = plainText(token);
      anchors.add(slugger.slug(heading));
    }
    if (token.type === 'fence')
      blocks.push({
        language: token.info.trim().split(/\s+/)[0] ?? '',
        text: token.content,
        heading,
        line,
        comment: before?.type === 'html_block' ? commentIn(before.content) : undefined,
      });
    for (const part of [token, ...(token.children ?? [])]) {
      for (const target of targetsOf(part)) links.push({ target, line });
      for (const anchor of attributes(part, /\s(?:id|name)="([^"]*)"/g)) anchors.add(anchor);
    }
  }
  return { path, links, anchors, blocks };
}

function plainText(inline: Token): string {
  return (inline.children ?? [])
    .filter(({ type }) => type === 'text' || type === 'code_inline')
    .map(({ content }) => content)
    .join('');
}

function targetsOf(token: Token): readonly string[] {
  if (token.type === 'link_open') return [String(token.attrGet('href'))];
  if (token.type === 'image') return [String(token.attrGet('src'))];
  return attributes(token, /\s(?:href|src)="([^"]*)"/g);
}

function attributes({ type, content }: Token, pattern: RegExp): readonly string[] {
  return type === 'html_block' || type === 'html_inline'
    ? Array.from(content.matchAll(pattern), ([, value = '']) => value)
    : [];
}

function commentIn(html: string): string | undefined {
  return /^<!--(.*?)-->\s*$/s.exec(html)?.[1]?.trim();
}
