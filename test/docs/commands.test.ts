import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandFaults, unknownScripts } from './command-faults.js';
import { markdownFiles, parsePage, readPage, root, type MarkdownPage } from './markdown-page.js';
import { isCommandBlock, traceCommands } from './traced-commands.js';

async function faultsOf(page: MarkdownPage): Promise<string[]> {
  const faults: string[] = [];
  for (const block of page.blocks) {
    const place = `${page.path}:${block.line}`;
    if (!isCommandBlock(block)) {
      if (block.language === '')
        faults.push(`${place}: say what this is: sh for commands, text for the rest`);
      continue;
    }
    const { commands, complaint } = await traceCommands(page, block);
    if (complaint !== '') faults.push(`${place}: ${complaint}`);
    if (commands.length === 0) faults.push(`${place}: runs nothing`);
    for (const command of commands)
      faults.push(...commandFaults(page, command).map((fault) => `${place}: ${command.join(' ')}: ${fault}`));
  }
  return faults;
}

describe('command blocks', () => {
  it.each(markdownFiles())('of %s call what is there', async (path) => {
    const page = readPage(path);
    expect(page && (await faultsOf(page))).toEqual([]);
    expect(page && unknownScripts(page, readFileSync(join(root, path), 'utf8'))).toEqual([]);
  });

  it('that call what is not there are named, with their line', async () => {
    const block = (language: string, ...lines: string[]): string[] => ['```' + language, ...lines, '```', ''];
    const page = parsePage(
      'docs/page.md',
      [
        ...block(
          'sh',
          'npm run no-such && kubectl apply -f deploy/none.yaml',
          'mic uninstall --atached=list',
        ),
        ...block('sh', 'frobnicate --all'),
        ...block('', 'what is this?'),
        ...block('sh', 'for name in a b; do', '  kubectl apply -f deploy/$name.yaml', 'done'),
        ...block('console', '$ helm install x deploy/charts/none', 'NAME: x'),
        ...block('sh', 'kubectl get "unclosed'),
      ].join('\n'),
    );
    const faults = await faultsOf(page);
    expect(faults.map((fault) => fault.split('\n')[0])).toEqual([
      'docs/page.md:1: npm run no-such: there is no script no-such',
      expect.stringContaining(
        'docs/page.md:1: kubectl apply -f deploy/none.yaml: there is no deploy/none.yaml',
      ),
      'docs/page.md:1: mic uninstall --atached=list: mic uninstall has no flag --atached',
      expect.stringMatching(/^docs\/page\.md:6: .*frobnicate: command not found/),
      'docs/page.md:6: runs nothing',
      'docs/page.md:10: say what this is: sh for commands, text for the rest',
      expect.stringContaining('docs/page.md:14: kubectl apply -f deploy/a.yaml: there is no'),
      expect.stringContaining('docs/page.md:14: kubectl apply -f deploy/b.yaml: there is no'),
      expect.stringContaining('docs/page.md:20: helm install x deploy/charts/none: there is no'),
      expect.stringMatching(/^docs\/page\.md:25: .*unexpected EOF/),
      'docs/page.md:25: runs nothing',
    ]);
  });
});
