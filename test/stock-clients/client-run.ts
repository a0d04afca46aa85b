import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Networks } from './pod-networks.js';
import { runToEnd } from './run-to-end.js';
import type { Case } from './situations.js';
import type { World } from './world.js';

/** What a client came to. */
export type ClientAnswer =
  | { readonly kind: 'token'; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly kind: 'failed'; readonly error: string; readonly message: string };

/** What every client of a run is started with. */
export interface ClientSetting {
  readonly world: World;
  readonly networks: Networks;
  /** The configuration of the Azure CLI to begin with. */
  readonly azureCliConfig: string;
  /** The certificate authority of the simulated ARM, for the Azure CLI. */
  readonly ca: string;
}

const timeoutMs = 180_000;

/** Runs a client in its pod, with a home of its own and no variable that concerns Azure. */
export async function runClient(
  { client, situation, number }: Case,
  setting: ClientSetting,
): Promise<ClientAnswer> {
  const { world, networks } = setting;
  const home = join(world.folder, `home-${number}`);
  await mkdir(home);
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home };
  if (client.id === 'az') Object.assign(environment, await azureCliEnvironment(home, setting));
  const identity = situation.names === undefined ? undefined : world.identity(situation.names);
  const named = { 'client-id': identity?.clientId, 'resource-id': identity?.id, none: undefined }[
    situation.way
  ];
  const command = [...client.command, situation.way, ...(named === undefined ? [] : [named])];
  const ended = await runToEnd({
    command: ['ip', 'netns', 'exec', networks.pod(number), ...command],
    environment,
    timeoutMs,
  });
  const line = ended.stdout.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined)
    throw new Error(
      `it printed no answer and ended with ${String(ended.code)}:\n${ended.stdout}${ended.stderr}`,
    );
  return answerOf(JSON.parse(line) as Readonly<Record<string, string>>);
}

function answerOf({ token, error = '', message = '' }: Readonly<Record<string, string>>): ClientAnswer {
  if (token === undefined) return { kind: 'failed', error, message };
  const [, payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Readonly<
    Record<string, unknown>
  >;
  return { kind: 'token', claims };
}

/** The CLI asks ARM for subscriptions after its sign-in, so it is told where the simulated one is. */
async function azureCliEnvironment(
  home: string,
  { world, azureCliConfig, ca }: ClientSetting,
): Promise<Readonly<Record<string, string>>> {
  const config = join(home, 'azure');
  await cp(azureCliConfig, config, { recursive: true });
  const { arm, entra } = world.simulator.urls;
  const clouds = {
    endpoint_management: arm,
    endpoint_resource_manager: arm,
    endpoint_active_directory: entra,
    endpoint_active_directory_resource_id: 'https://management.azure.com/',
  };
  await writeFile(
    join(config, 'clouds.config'),
    ['[simulated]', ...Object.entries(clouds).map(([name, value]) => `${name} = ${value}`), ''].join('\n'),
  );
  await writeFile(join(config, 'config'), '[cloud]\nname = simulated\n[core]\ncollect_telemetry = no\n');
  return { AZURE_CONFIG_DIR: config, REQUESTS_CA_BUNDLE: ca };
}
