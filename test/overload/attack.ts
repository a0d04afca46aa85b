/**
 * The built NMI under attack, one attack after the other, while a pod goes on asking for tokens.
 *
 * @module
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildPrograms } from '../../scripts/program-bundles.js';
import { SimulatedNode, machine } from '../../packages/nmi-server/src/testing/simulated-nmi.js';
import { freePorts } from '../free-ports.js';
import { startNmi, type NmiChild } from '../nmi-child.js';
import { attacks, roomyAttack, upstreamAttack } from './attacks.js';

/** What an attack did to others. */
export interface AttackedPhase {
  readonly name: string;
  /** Requests of the pod that does no harm, and how many of them got a token. */
  readonly asked: number;
  readonly served: number;
  readonly slowestMs: number;
  /** Most open connections. */
  readonly connections: number;
  /** Resident memory in MiB: before the attack, at most while it lasted, and a while after it. */
  readonly memory: { readonly before: number; readonly peak: number; readonly after: number };
}

/** What came of all of them. */
export interface AttackReport {
  readonly phases: readonly AttackedPhase[];
  readonly failures: readonly string[];
}

/** How it is attacked. */
export interface AttackOptions {
  /** How many connections stand idle. */
  readonly connections: number;
  readonly secondsEach: number;
  /** How long NMI rests after each. */
  readonly restSeconds: number;
  readonly say: (line: string) => void;
}

const target = '/metadata/identity/oauth2/token?resource=https://vault.azure.net';
const askEachMs = 50;
const lookEachMs = 250;
/** How long it may take until all connections have their places. */
const longestOpeningMs = 30_000;
/** A request that takes longer than this counts as not served. */
const patienceMs = 10_000;
/** Resident memory under any attack, and under one of so many connections that all are to have a place. */
const [mostMebibytes, mostMebibytesRoomy] = [250, 400];
const mostConnections = 4_096;

/** Attacks. */
export async function attack(options: AttackOptions): Promise<AttackReport> {
  const { nmi: program } = await buildPrograms(options.say, ['nmi']);
  await using node = await SimulatedNode.start({ identities: [{ name: 'app' }] }, ['app']);
  node.bind('team-a', 'app');
  for (const pod of ['web', 'greedy']) {
    node.pod('team-a', pod, 'app');
    node.assign('team-a', pod, 'app', 'Assigned');
  }
  const from = await node.address('team-a', 'web');
  const pod = await node.address('team-a', 'greedy');
  const folder = await mkdtemp(join(tmpdir(), 'overload-'));
  const phases: AttackedPhase[] = [];
  const failures: string[] = [];
  const ordinary = attacks.map(({ name }) => name).filter((name) => name !== roomyAttack);
  for (const [flags, names] of [
    [[], ['none', ...ordinary]],
    [
      [`--max-connections=${2 * options.connections}`, '--header-timeout=2m', '--request-timeout=2m'],
      [roomyAttack],
    ],
  ] as const) {
    await using nmi = await start(node, program, flags, join(folder, `${names.length}.log`));
    for (const name of names) {
      options.say(`attack: ${name}`);
      phases.push(await phase(name, nmi, { from, pod }, options));
      if (nmi.ended() !== undefined) break;
    }
    if (nmi.ended() !== undefined) failures.push(`nmi ended: ${nmi.ended()}`);
    else if ((await nmi.stop()) !== 0) failures.push('nmi did not stop in good order');
    failures.push(...nmi.suspicious.slice(0, 5));
  }
  await rm(folder, { recursive: true, force: true });
  const all = phases.flatMap((one) => failuresOf(one, options));
  return { phases, failures: [...all, ...failures] };
}

async function start(
  node: SimulatedNode,
  program: string,
  flags: readonly string[],
  logFile: string,
): Promise<NmiChild> {
  const imds = new URL(node.simulator.urls.imds[machine] ?? '');
  return startNmi({
    program,
    logFile,
    ports: await freePorts(),
    isSecret: () => false,
    args: [
      ...[`--kubeconfig=${node.kubeconfig}`, `--node=${machine}`, '--interception=none', '--log-format=json'],
      ...[`--metadata-ip=${imds.hostname}`, `--metadata-port=${imds.port}`, '--allow-network-plugin-kubenet'],
      ...flags,
    ],
    environment: {},
  });
}

async function phase(
  name: string,
  nmi: NmiChild,
  { from, pod }: { readonly from: string; readonly pod: string },
  { connections: count, secondsEach, restSeconds }: AttackOptions,
): Promise<AttackedPhase> {
  const before = nmi.memory();
  const most = { mebibytes: before, connections: 0 };
  const looking = new AbortController();
  const looks = lookAt(nmi, most, looking.signal);
  const attacker = name === 'none' ? undefined : await startAttacker([name, `${nmi.port}`, `${count}`, pod]);
  let [asked, served, slowestMs] = [0, 0, 0];
  const missing = (): boolean => name === roomyAttack && most.connections < count;
  const end = performance.now() + secondsEach * 1_000;
  for (; performance.now() < end || (missing() && performance.now() < end + longestOpeningMs); asked++) {
    const path = name === upstreamAttack ? `${target}/${asked}` : target;
    const began = performance.now();
    if ((await statusOf(nmi.port, from, path)) === 200) served++;
    slowestMs = Math.max(slowestMs, performance.now() - began);
    await sleep(askEachMs);
  }
  looking.abort();
  await looks;
  attacker?.kill('SIGKILL');
  await sleep(restSeconds * 1_000);
  const after = nmi.ended() === undefined ? nmi.memory() : NaN;
  const memory = { before, peak: most.mebibytes, after };
  return { name, asked, served, slowestMs, connections: most.connections, memory };
}

/** Notes the most that there is at any moment. */
async function lookAt(
  nmi: NmiChild,
  most: { mebibytes: number; connections: number },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && nmi.ended() === undefined) {
    most.mebibytes = Math.max(most.mebibytes, nmi.memory());
    const open = await nmi.metric('aadpodidentity_nmi_connections').catch(() => 0);
    most.connections = Math.max(most.connections, open);
    await sleep(lookEachMs);
  }
}

async function startAttacker(words: readonly string[]): Promise<ChildProcess> {
  const attacker = fork(new URL('./attacker.ts', import.meta.url), words);
  await once(attacker, 'message');
  return attacker;
}

function failuresOf(
  { name, asked, served, connections, memory }: AttackedPhase,
  { connections: wanted }: AttackOptions,
): string[] {
  const failures: string[] = [];
  const roomy = name === roomyAttack;
  if (asked === 0 || served < asked)
    failures.push(`${name}: of ${asked} requests of another pod ${served} were served`);
  if (roomy ? connections < wanted : connections > mostConnections)
    failures.push(`${name}: ${connections} connections were open`);
  if (!(memory.peak < (roomy ? mostMebibytesRoomy : mostMebibytes)))
    failures.push(`${name}: ${memory.peak.toFixed(0)} MiB`);
  return failures;
}

/** The status of an answer over a connection of its own; 0 for none. */
function statusOf(port: number, localAddress: string, path: string): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request(
      {
        ...{ host: '127.0.0.1', port, localAddress, path, agent: false, timeout: patienceMs },
        headers: { metadata: 'true' },
      },
      (incoming) => {
        incoming.resume();
        incoming.on('end', () => resolve(incoming.statusCode ?? 0));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(0));
    outgoing.end();
  });
}
