/**
 * The demo: `npm run demo`, with `-- --json` for one JSON object on standard output and `-- --keep` to leave everything
 * up afterwards; `npm run demo:intercept` for pods in network namespaces.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPrograms } from '../../scripts/program-bundles.js';
import { ChildProcesses } from './child-processes.js';
import { keepRunning } from './keep-running.js';
import { loopbackStage, missingLoopbackAddresses } from './loopback-stage.js';
import { missingForNamespaces } from './network-namespaces.js';
import { namespaceStage } from './namespace-stage.js';
import { perform, type Performance } from './performance.js';
import type { Cast } from './programs.js';
import type { Stage } from './stage.js';
import { Story } from './story.js';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    intercept: { type: 'boolean', default: false },
  },
});

const podNames = ['demo-granted', 'demo-refused'];
const patienceMs = 30_000;
const story = new Story((line) => console.error(line));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted.abort(new Error(`stopped by ${signal}`));
  });
}

const missing = flags.intercept ? missingForNamespaces() : await missingLoopbackAddresses();
if (missing === undefined) await main();
else {
  console.error(missing);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'aad-pod-identity-demo-'));
  try {
    const files = await buildPrograms((line) => story.say(line));
    await using stage: Stage = flags.intercept ? namespaceStage(podNames) : loopbackStage();
    await using children = new ChildProcesses(folder);
    const signal = AbortSignal.any([interrupted.signal, children.failed]);
    const cast: Cast = { files, children, stage, folder, patience: { signal, milliseconds: patienceMs } };
    try {
      await using performance = await perform(story, cast);
      if (flags.json) console.log(JSON.stringify(result(performance)));
      if (flags.keep) await keepRunning(story, cast, performance, interrupted.signal);
    } catch (error) {
      for (const line of await children.lastLines(15)) story.say(line);
      throw error;
    }
  } catch (error) {
    story.say(`demo: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function result({ virtualMachines, refused, afterUnbind }: Performance): object {
  return { steps: story.steps, virtualMachines, refused, afterUnbind };
}
