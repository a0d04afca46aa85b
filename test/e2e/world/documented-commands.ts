import { readPage } from '../../docs/markdown-page.js';

/**
 * The arguments of the `kubectl` lines in the code blocks of a document, in their order; only those under a heading where
 * one is given. That of it which needs a real kubelet is left out: `kubectl logs`.
 *
 * @throws Error where there are none
 */
export function documentedCommands(document: string, heading?: string): readonly (readonly string[])[] {
  const blocks = readPage(document)?.blocks ?? [];
  const commands = blocks
    .filter((block) => heading === undefined || block.heading === heading)
    .flatMap(({ text }) => text.split('\n').map((line) => line.trimStart()))
    .filter((line) => /^kubectl (?!logs)/.test(line))
    .map((line) => line.split(/\s+/).slice(1));
  if (commands.length === 0)
    throw new Error(`${document} has no kubectl line under ${heading ?? 'any heading'}`);
  return commands;
}
