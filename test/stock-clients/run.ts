/**
 * `npm run stock-clients`: stock clients of Azure, unchanged, in pods whose requests to IMDS are redirected to NMI by a
 * real iptables. `-- --only js` takes those with that in their ID; `-- --install-only` installs them and stops.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPrograms } from '../../scripts/program-bundles.js';
import type { CampaignOptions } from './campaign.js';
import { stockClients } from './clients.js';
import { installClients } from './install.js';
import { createNetworks, Networks } from './pod-networks.js';
import { casesOf } from './situations.js';
import { missingTools } from './toolchains.js';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, 'install-only': { type: 'boolean', default: false } },
});
let campaign: ChildProcess | undefined;
// Only an end in good order takes the namespaces away.
const stop = (): void => {
  if (campaign === undefined) process.exit(1);
  campaign.kill('SIGTERM');
};
process.on('SIGINT', stop).on('SIGTERM', stop);
process.exitCode = await run();

async function run(): Promise<number> {
  const missing = await missingTools();
  if (missing.length > 0) {
    console.log(
      `stock-clients needs what this machine lacks:\n${missing.map((line) => `  ${line}`).join('\n')}`,
    );
    console.log('0 passed, 1 failed');
    return 1;
  }
  const say = (line: string): void => console.log(line);
  const installed = await installClients(say);
  if (values['install-only']) return 0;
  const { nmi } = await buildPrograms(say, ['nmi']);
  const options: CampaignOptions = { run: process.pid, nmi, installed, only: values.only };
  const networks = new Networks(options.run);
  // Each namespace is deleted at the end of the process.
  process.setMaxListeners(0);
  using _ = createNetworks(networks, casesOf(stockClients(installed)).length);
  campaign = spawn(
    'ip',
    [
      ...['netns', 'exec', networks.node, process.execPath, ...process.execArgv],
      ...[join(import.meta.dirname, 'campaign.ts'), JSON.stringify(options)],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const [code] = (await once(campaign, 'close')) as [number | null];
  return code ?? 1;
}
