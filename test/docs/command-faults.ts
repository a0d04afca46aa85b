import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { scriptsOutsideCi } from './command-programs.js';
import { root, type MarkdownPage } from './markdown-page.js';

const source = ['--conditions=@aad-pod-identity/source', '--import', 'tsx'];
const ownPrograms: Readonly<Record<string, string>> = {
  mic: 'packages/azure-assigner/src/bin/mic.ts',
  nmi: 'packages/nmi-server/src/bin/nmi.ts',
};

/** What is wrong with a call, without running it; empty: nothing that can be seen so. */
export function commandFaults(page: MarkdownPage, [program = '', ...args]: readonly string[]): string[] {
  switch (program) {
    case 'npm':
      return npmFaults(page, args);
    case 'npx':
      return missingFiles(page, valuesOf(args, '--config'));
    case 'kubectl':
      return missingFiles(page, [...valuesOf(args, '-f'), ...valuesOf(args, '--filename')]);
    case 'helm':
      return missingFiles(
        page,
        args.filter((arg) => arg.includes('/') && arg.startsWith('deploy')),
      );
    case 'mic':
    case 'nmi':
      return unknownFlags(program, args);
    default:
      return [];
  }
}

/** Scripts that a text names that no package.json has. */
export function unknownScripts(page: MarkdownPage, text: string): string[] {
  return Array.from(text.matchAll(/\bnpm run (?:-\S+ )*([\w:-]+)/g), ([, script = '']) => script).flatMap(
    (script) => (scriptsOf(page).has(script) ? [] : [`there is no script ${script}`]),
  );
}

function npmFaults(page: MarkdownPage, args: readonly string[]): string[] {
  const [command = '', ...rest] = args.filter((arg) => !/^-s$|^--silent$/.test(arg));
  const faults = missingFiles(page, valuesOf(args, '-w'));
  if (!['run', 'test', 'start'].includes(command)) return faults;
  const script = command === 'run' ? (rest[0] ?? '') : command;
  if (!scriptsOf(page).has(script)) return [...faults, `there is no script ${script}`];
  const ci = readFileSync(join(root, '.ci/run'), 'utf8');
  const inCi = new RegExp(`npm (run (--silent )?)?${script}(\\s|$)`, 'm').test(ci);
  // Those of an example are run by its own step.
  if (inCi || page.path.startsWith('examples/') || Object.hasOwn(scriptsOutsideCi, script)) return faults;
  return [...faults, `no step of .ci/run runs ${script}, and scriptsOutsideCi does not say why`];
}

function scriptsOf(page: MarkdownPage): Set<string> {
  const files = [join(dirname(page.path), 'package.json'), 'package.json'].map((file) => join(root, file));
  return new Set(
    files
      .filter((file) => existsSync(file))
      .flatMap((file) =>
        Object.keys((JSON.parse(readFileSync(file, 'utf8')) as { scripts?: object }).scripts ?? {}),
      ),
  );
}

/** A name in capitals stands for a file of the reader. */
function missingFiles(page: MarkdownPage, files: readonly string[]): string[] {
  return files
    .filter(
      (file) =>
        file !== '-' &&
        !/^[A-Z_]+(\.yaml)?$/.test(file) &&
        !pageFiles(page).has(file) &&
        !existsSync(join(root, file)),
    )
    .map((file) => `there is no ${file}, and no block of the page starts with "# ${file}"`);
}

/** Files that the reader writes: blocks that start with a comment of nothing but a name. */
export function pageFiles(page: MarkdownPage): Map<string, string> {
  return new Map(
    page.blocks.flatMap(({ text }) => {
      const name = /^# ([\w.-]+\.ya?ml)\n/.exec(text)?.[1];
      return name === undefined ? [] : [[name, text] as const];
    }),
  );
}

function valuesOf(args: readonly string[], flag: string): string[] {
  return args.flatMap((arg, index) => {
    if (arg.startsWith(`${flag}=`)) return [arg.slice(flag.length + 1)];
    return args[index - 1] === flag ? [arg] : [];
  });
}

const helps = new Map<string, string>();

function unknownFlags(program: string, args: readonly string[]): string[] {
  const command = args[0] !== undefined && !args[0].startsWith('-') ? [args[0]] : [];
  const key = [program, ...command].join(' ');
  const help =
    helps.get(key) ??
    execFileSync(
      process.execPath,
      [...source, join(root, ownPrograms[program] ?? ''), ...command, '--help'],
      {
        encoding: 'utf8',
      },
    );
  helps.set(key, help);
  return args
    .filter((arg) => arg.startsWith('-'))
    .map((arg) => arg.replace(/^--?/, '').replace(/=.*/s, ''))
    .filter((flag) => flag !== 'help' && !new RegExp(`^\\s+--${flag}\\b`, 'm').test(help))
    .map((flag) => `${key} has no flag --${flag}`);
}
