import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chartHelm } from '../../scripts/chart/tools.js';
import { startControlPlane, type ControlPlane } from '../controlplane/control-plane.js';
import { installClients, type Installed } from '../stock-clients/install.js';
import { programs } from './command-programs.js';
import { markdownFiles, readPage, root, type CodeBlock, type MarkdownPage } from './markdown-page.js';
import { fault, refusal, type Tools } from './on-control-plane.js';
import { isCommandBlock, traceCommands } from './traced-commands.js';

const execute = promisify(execFile);
const placed = markdownFiles().flatMap((path) => {
  const page = readPage(path);
  return page === undefined
    ? []
    : page.blocks.map((block) => [`${path}:${block.line}`, page, block] as const);
});

let cluster: ControlPlane;
let tools: Tools;
let azure: Installed;

beforeAll(async () => {
  azure = await installClients((line) => console.log(line));
  cluster = await startControlPlane({ controllerManager: true });
  const folder = await mkdtemp(join(tmpdir(), 'documented-'));
  // The namespace of the examples.
  await administer('create', 'namespace', 'billing');
  tools = { helm: await chartHelm(), kubeconfig: cluster.kubeconfig, folder };
});
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  if (tools) await rm(tools.folder, { recursive: true });
});

async function administer(...args: readonly string[]): Promise<void> {
  await execute('kubectl', args, { cwd: root, env: { ...process.env, KUBECONFIG: cluster.kubeconfig } });
}

async function heldCommands(
  page: MarkdownPage,
  block: CodeBlock,
  how: string,
): Promise<(readonly string[])[]> {
  const { commands } = await traceCommands(page, block);
  return commands.filter(([program = '']) => programs[program]?.[0] === how);
}

describe.sequential('on a real control plane', () => {
  // What a page before it took away, and the admission policies that one installed.
  beforeEach(async () => {
    await administer('apply', '-f', 'deploy/crds');
    await administer('delete', 'validatingadmissionpolicybindings,validatingadmissionpolicies', '--all');
  });

  it.each(placed.filter(([, , block]) => isCommandBlock(block)))(
    'the commands of %s are taken',
    async (_, page, block) => {
      for (const command of await heldCommands(page, block, 'control plane')) {
        if (command.includes('-') && command.includes('-f')) continue; // what it reads is filled in from Azure
        expect(await fault(page, command, tools), command.join(' ')).toBeUndefined();
      }
    },
  );

  it.each(placed.filter(([, , { language, text }]) => language === 'yaml' && /^apiVersion:/m.test(text)))(
    'the objects of %s are taken',
    async (_, _page, { text }) => {
      expect(await refusal(text, tools)).toBeUndefined();
    },
  );
});

describe('the Azure CLI', () => {
  it.each(placed.filter(([, , block]) => isCommandBlock(block) && /\baz /.test(block.text)))(
    'knows the commands and flags of %s',
    async (_, page, block) => {
      for (const [program = '', ...args] of await heldCommands(page, block, 'help')) {
        if (program !== 'az') continue;
        const words = args.slice(
          0,
          args.findIndex((arg) => arg.startsWith('-')),
        );
        const { stdout } = await execute(azure.azureCli, ['-m', 'azure.cli', ...words, '--help'], {
          env: { ...process.env, AZURE_CONFIG_DIR: azure.azureCliConfig, AZURE_CORE_COLLECT_TELEMETRY: 'no' },
        });
        for (const flag of args.filter((arg) => /^--?[a-z]/.test(arg)).map((arg) => arg.replace(/=.*/s, '')))
          expect(stdout, `az ${args.join(' ')}`).toMatch(new RegExp(`(^|\\s)${flag}(\\s|$)`, 'm'));
      }
    },
  );
});
