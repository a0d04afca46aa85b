/**
 * The demo: `npm run demo`, with `-- --json` for one JSON object on standard output and `-- --keep` to leave everything
 * up afterwards; `npm run demo:intercept` for pods in network namespaces.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  booleanFlag,
  parseFlags,
  runProgram,
  usage,
  UsageError,
  type FlagValues,
  type ProgramContext,
} from '@aad-pod-identity/program';
import { buildPrograms } from '../../scripts/program-bundles.js';
import { ChildProcesses } from './child-processes.js';
import { keepRunning } from './keep-running.js';
import { loopbackStage, missingLoopbackAddresses } from './loopback-stage.js';
import { namespaceStage } from './namespace-stage.js';
import { missingForNamespaces } from './network-namespaces.js';
import { perform, type Performance } from './performance.js';
import type { Cast } from './programs.js';
import type { Stage } from './stage.js';
import { Story } from './story.js';

const flags = {
  json: booleanFlag({ default: false, description: 'Print one JSON object on standard output.' }),
  keep: booleanFlag({ default: false, description: 'Leave everything up until Ctrl-C.' }),
  intercept: booleanFlag({
    default: false,
    description: 'Pods in network namespaces, really redirected. Linux, root.',
  }),
  help: booleanFlag({ default: false, description: 'Show this text.' }),
};
const podNames = ['demo-granted', 'demo-refused'];
const patienceMs = 30_000;

await runProgram('demo', async (context) => {
  const { values, positional } = parseFlags(flags, context.argv, {});
  if (positional[0] !== undefined) throw new UsageError(`unexpected argument ${positional[0]}`);
  if (values.help) return context.print(usage('npm run demo --', flags));
  const missing = values.intercept ? missingForNamespaces() : await missingLoopbackAddresses();
  if (missing !== undefined) throw new UsageError(missing);
  await tell(values, context);
});

async function tell(
  { json, keep, intercept }: FlagValues<typeof flags>,
  context: ProgramContext,
): Promise<void> {
  const { stop } = context;
  const story = new Story((line) => console.error(line));
  const folder = mkdtempSync(join(tmpdir(), 'aad-pod-identity-demo-'));
  try {
    const files = await buildPrograms((line) => story.say(line));
    await using stage: Stage = intercept ? namespaceStage(podNames) : loopbackStage();
    await using children = new ChildProcesses(folder);
    const signal = AbortSignal.any([stop, children.failed]);
    const cast: Cast = { files, children, stage, folder, patience: { signal, milliseconds: patienceMs } };
    try {
      await using performance = await perform(story, cast);
      if (json) context.print(`${JSON.stringify(result(story, performance))}\n`);
      if (keep) await keepRunning(story, cast, performance, stop);
    } catch (error) {
      if (!stop.aborted) for (const line of await children.lastLines(15)) story.say(line);
      throw error;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function result(story: Story, { virtualMachines, refused, afterUnbind }: Performance): object {
  return { steps: story.steps, virtualMachines, refused, afterUnbind };
}
