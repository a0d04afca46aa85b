/**
 * The part of `npm run stock-clients` that runs in the network namespace of the node: `campaign.ts JSON`, the JSON of a
 * {@link CampaignOptions}. One line a case on standard output; the last one counts them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runClient, type ClientSetting } from './client-run.js';
import { stockClients } from './clients.js';
import type { Installed } from './install.js';
import { Networks } from './pod-networks.js';
import { isProbe, requestsFrom } from './seen-requests.js';
import { casesOf, passing, settled, shortWaits, waiting, type Case } from './situations.js';
import { shortfalls, type Observation } from './verdict.js';
import { World } from './world.js';

/** What it is told. */
export interface CampaignOptions {
  /** Of the networks. */
  readonly run: number;
  /** The file of NMI, as it is built. */
  readonly nmi: string;
  readonly installed: Installed;
  /** Part of the IDs of clients to take; all where empty. */
  readonly only: string;
}

/** How many clients run at once where nothing has to wait for another. */
const atOnce = 4;
/** How much longer a request waits once every client waits: longer than a client that gives up soon would bear. */
const waitMs = 5_000;

// Its programs are ended as it ends.
process.on('SIGINT', () => process.exit(1)).on('SIGTERM', () => process.exit(1));
const { positionals } = parseArgs({ allowPositionals: true });
await campaign(JSON.parse(positionals[0] ?? '') as CampaignOptions);

async function campaign({ run, nmi, installed, only }: CampaignOptions): Promise<void> {
  const networks = new Networks(run);
  const clients = stockClients(installed).filter(({ id }) => id.includes(only));
  const cases = casesOf(clients);
  const limited = clients.map(({ id }) => `limited-${id}` as const);
  // Each client has a listener for the end of this process.
  process.setMaxListeners(0);
  await using world = await World.start(networks, nmi, limited);
  const setting = { world, networks, azureCliConfig: installed.azureCliConfig, ca: await world.writeCa() };
  const failed: string[] = [];
  const one = async (current: Case): Promise<void> => {
    const observation = await observe(current, setting);
    const wrong = shortfalls(current, observation, (name) => world.identity(name).clientId);
    console.log(describe(current, observation, wrong));
    if (wrong.length > 0) failed.push(current.client.id);
  };
  const of = (ids: readonly string[]): Case[] => cases.filter(({ situation }) => ids.includes(situation.id));
  for (const { number, situation } of cases) world.addPod(number, situation);

  await world.startNmi();
  await inTurn(of(settled.map(({ id }) => id)), one);
  const waiters = of([waiting.id]);
  await Promise.all([
    ...waiters.map(one),
    world.waiters(waiters.length).then(async () => {
      await delay(waitMs);
      for (const { number } of waiters) world.assign(number, 'preferred', waiting.label ?? '');
    }),
  ]);

  await world.startNmi(...shortWaits);
  const hindered = of(Object.keys(passing));
  await Promise.all(hindered.flatMap((current) => [passOver(current, setting), one(current)]));
  console.log(`${cases.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

/** Makes a client's hindrance pass once the client has been told of it. */
async function passOver(
  { client, situation, number }: Case,
  { world, networks }: ClientSetting,
): Promise<void> {
  const told = (): Promise<void> =>
    world.logged(() =>
      requestsFrom(networks.podAddress(number), world.log).some(({ status }) => status >= 404),
    );
  const { id, label = '' } = situation;
  if (id === 'limited') {
    const fault = world.simulator.faults.add({
      target: 'imds',
      path: world.identity(`limited-${client.id}`).clientId,
      action: { kind: 'status', status: 429, retryAfterSeconds: 1 },
    });
    await told();
    world.simulator.faults.remove(fault);
    return;
  }
  await told();
  if (id === 'unbound') world.bind('preferred', label);
  if (id === 'held') world.becomeAssigned(number, 'preferred');
  else world.assign(number, 'preferred', label);
}

async function observe(current: Case, setting: ClientSetting): Promise<Observation> {
  const started = performance.now();
  const answer = await runClient(current, setting);
  const milliseconds = performance.now() - started;
  await setting.world.logWritten();
  const requests = requestsFrom(setting.networks.podAddress(current.number), setting.world.log);
  return {
    answer,
    milliseconds,
    probes: requests.filter(isProbe).length,
    requests: requests.filter((request) => !isProbe(request)),
  };
}

function describe({ client, situation }: Case, seen: Observation, wrong: readonly string[]): string {
  const { answer, requests, probes, milliseconds } = seen;
  const came = answer.kind === 'token' ? 'token' : `failed at ${requests.at(-1)?.status ?? 'nothing'}`;
  const counted = `${requests.length} token request${requests.length === 1 ? '' : 's'}, ${probes} probe${probes === 1 ? '' : 's'}`;
  const line = `${wrong.length === 0 ? 'passed' : 'FAILED'} ${client.name}: ${situation.title}: ${came}, ${counted}, ${(milliseconds / 1000).toFixed(1)} s`;
  return [line, ...wrong.map((text) => `       ${text}`)].join('\n');
}

/** Runs some at a time, in order. */
async function inTurn(cases: readonly Case[], one: (current: Case) => Promise<void>): Promise<void> {
  const left = [...cases];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await one(next);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
