import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readManifest } from './manifest-files.js';
import type { Performance } from './performance.js';
import { azureEnvironment, type Cast } from './programs.js';
import type { Story } from './story.js';

/** Leaves everything up until the signal aborts, and says what can be done with it. */
export async function keepRunning(
  story: Story,
  cast: Cast,
  { simulator, scene, granted }: Performance,
  interrupted: AbortSignal,
): Promise<void> {
  const binding = join(cast.folder, 'azureidentitybinding.yaml');
  writeFileSync(binding, stringify(readManifest('azureidentitybinding.yaml', scene.variables)));
  const { SUBSCRIPTION_ID, RESOURCE_GROUP } = scene.variables;
  const environment = Object.entries(azureEnvironment(cast)).map(([name, value]) => `${name}=${value}`);
  const { prefix, demoArguments } = cast.stage.asPod(
    granted.manifest.metadata.name,
    granted.address,
    scene.endpoints,
  );
  const program = [...environment, ...prefix, 'node', cast.files.demo];
  for (const line of [
    '',
    'Everything is still up. Ctrl-C ends it.',
    `  export KUBECONFIG=${simulator.kubeconfig}`,
    '  kubectl get azureidentities,azureidentitybindings,azureassignedidentities,pods -A -o wide',
    `  kubectl apply -f ${binding}`,
    `What pod ${granted.manifest.metadata.name} runs:`,
    `  ${program.join(' ')} --once --subscription-id=${SUBSCRIPTION_ID} --resource-group=${RESOURCE_GROUP} ${demoArguments.join(' ')}`,
    `Logs: ${['simulator', 'mic', 'nmi'].map((name) => cast.children.logFile(name)).join(' ')}`,
  ]) {
    story.say(line);
  }
  const ended = AbortSignal.any([interrupted, cast.children.failed]);
  if (!ended.aborted) await once(ended, 'abort');
  if (cast.children.failed.aborted) throw cast.children.failed.reason;
}
