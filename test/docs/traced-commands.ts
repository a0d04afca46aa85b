import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { inTemporaryFolder } from '../../scripts/temporary-folder.js';
import { programs } from './command-programs.js';
import { root, type CodeBlock, type MarkdownPage } from './markdown-page.js';

/** What a block would run. */
export interface Trace {
  /** Program and arguments of each call, in order, as the shell hands them over. */
  readonly commands: readonly (readonly string[])[];
  /** What the shell complains of: a mistake of syntax, a program of which the check knows nothing, a missing file. */
  readonly complaint: string;
}

// One write a call: the programs of a pipe write at the same time.
const recorder = `#!/bin/bash
printf -v call '%s\\x1f' "\${0##*/}" "$@"
printf '%s\\x1e' "$call" >>"$TRACE"
echo OUTPUT
`;

/** A block is one of commands where it says so, and where it says nothing and starts as one. */
export function isCommandBlock({ language, text }: CodeBlock): boolean {
  if (['sh', 'bash', 'shell', 'console'].includes(language)) return true;
  const [first = ''] = text.replace(/^\$ /, '').split(/\s/);
  return language === '' && (first === 'export' || Object.hasOwn(programs, first));
}

/**
 * Has bash read a block with every program replaced by one that writes down how it was called, so that loops,
 * substitutions and quotes are those of the shell. Nothing is run.
 */
export async function traceCommands(page: MarkdownPage, block: CodeBlock): Promise<Trace> {
  return inTemporaryFolder(async (folder) => {
    const shims = join(folder, 'programs');
    const work = join(folder, 'work');
    const trace = join(folder, 'trace');
    for (const made of [shims, work]) mkdirSync(made);
    writeFileSync(join(shims, '.recorder'), recorder);
    chmodSync(join(shims, '.recorder'), 0o755);
    for (const name of Object.keys(programs)) symlinkSync('.recorder', join(shims, name));
    // Files that a block reads: those beside the page, and those of the repository.
    for (const from of [join(root, dirname(page.path)), root])
      for (const name of readdirSync(from))
        if (!existsSync(join(work, name))) symlinkSync(join(from, name), join(work, name));
    const { stderr } = spawnSync(
      '/bin/bash',
      ['-c', `set -o noclobber\ncd() { :; }\n${commandLines(block)}`],
      {
        cwd: work,
        env: { PATH: shims, HOME: folder, TRACE: trace },
        encoding: 'utf8',
        timeout: 10_000,
      },
    );
    return {
      commands: existsSync(trace)
        ? readFileSync(trace, 'utf8')
            .split('\x1e')
            .filter((call) => call !== '')
            .map((call) => call.split('\x1f').slice(0, -1))
        : [],
      complaint: stderr.trim(),
    };
  });
}

/** Without the prompts, and without the output after them, where the block has prompts. */
function commandLines({ text }: CodeBlock): string {
  const lines = text.split('\n');
  if (!lines.some((line) => line.startsWith('$ '))) return text;
  return lines
    .filter((line) => line.startsWith('$ '))
    .map((line) => line.slice(2))
    .join('\n');
}
