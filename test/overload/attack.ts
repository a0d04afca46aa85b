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
import { attacks } from './attacks.js';

/** What an attack did to others. */
export interface AttackedPhase {
  readonly name: string;
  /** Requests of the pod that does no harm, and how many of them got a token. */
  readonly asked: number;
  readonly served: number;
  readonly slowestMs: number;
  /** Open connections and resident memory at the end of the attack. */
  readonly connections: number;
  readonly mebibytes: number;
}

/** What came of all of them. */
export interface AttackReport {
  readonly phases: readonly AttackedPhase[];
  readonly failures: readonly string[];
}

const target = '/metadata/identity/oauth2/token?resource=https://vault.azure.net';
const askEachMs = 50;
/** A request that takes longer than this counts as not served. */
const patienceMs = 10_000;
/** Resident memory under any attack. */
const mostMebibytes = 300;

/** Attacks. */
export async function attack(options: {
  readonly connections: number;
  readonly secondsEach: number;
  readonly say: (line: string) => void;
}): Promise<AttackReport> {
  const { nmi: program } = await buildPrograms(options.say, ['nmi']);
  await using node = await SimulatedNode.start({ identities: [{ name: 'app' }] }, ['app']);
  node.bind('team-a', 'app');
  node.pod('team-a', 'web', 'app');
  node.assign('team-a', 'web', 'app', 'Assigned');
  const from = await node.address('team-a', 'web');
  const folder = await mkdtemp(join(tmpdir(), 'overload-'));
  try {
    const imds = new URL(node.simulator.urls.imds[machine] ?? '');
    await using nmi = await startNmi({
      program,
      ports: await freePorts(),
      isSecret: () => false,
      args: [
        ...[
          `--kubeconfig=${node.kubeconfig}`,
          `--node=${machine}`,
          '--interception=none',
          '--log-format=json',
        ],
        ...[
          `--metadata-ip=${imds.hostname}`,
          `--metadata-port=${imds.port}`,
          '--allow-network-plugin-kubenet',
        ],
      ],
      environment: {},
    });
    const phases: AttackedPhase[] = [];
    for (const one of [undefined, ...attacks.map(({ name }) => name)]) {
      options.say(`attack: ${one ?? 'none'}`);
      phases.push(await phase(one, nmi, from, options));
      if (nmi.ended() !== undefined) break;
    }
    const failures = phases.flatMap(failuresOf);
    if (nmi.ended() !== undefined) failures.push(`nmi ended: ${nmi.ended()}`);
    else if ((await nmi.stop()) !== 0) failures.push('nmi did not stop in good order');
    return { phases, failures: [...failures, ...nmi.suspicious.slice(0, 5)] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function phase(
  name: string | undefined,
  nmi: NmiChild,
  from: string,
  options: { readonly connections: number; readonly secondsEach: number },
): Promise<AttackedPhase> {
  const attacker = await startAttacker(name, nmi.port, options.connections);
  let [asked, served, slowestMs] = [0, 0, 0];
  for (const end = performance.now() + options.secondsEach * 1_000; performance.now() < end; asked++) {
    const began = performance.now();
    if ((await statusOf(nmi.port, from)) === 200) served++;
    slowestMs = Math.max(slowestMs, performance.now() - began);
    await sleep(askEachMs);
  }
  const ended = nmi.ended() !== undefined;
  const connections = ended ? NaN : await nmi.metric('aadpodidentity_nmi_connections');
  const mebibytes = ended ? NaN : nmi.memory();
  attacker?.kill('SIGKILL');
  await sleep(500);
  return { name: name ?? 'none', asked, served, slowestMs, connections, mebibytes };
}

async function startAttacker(
  name: string | undefined,
  port: number,
  connections: number,
): Promise<ChildProcess | undefined> {
  if (name === undefined) return undefined;
  const attacker = fork(new URL('./attacker.ts', import.meta.url), [name, `${port}`, `${connections}`]);
  await once(attacker, 'message');
  return attacker;
}

function failuresOf({ name, asked, served, connections, mebibytes }: AttackedPhase): string[] {
  const failures: string[] = [];
  if (asked === 0 || served < asked)
    failures.push(`${name}: of ${asked} requests of another pod ${served} were served`);
  if (!(connections <= 4_096)) failures.push(`${name}: ${connections} connections were open`);
  if (!(mebibytes < mostMebibytes)) failures.push(`${name}: ${mebibytes} MiB`);
  return failures;
}

/** The status of an answer over a connection of its own; 0 for none. */
function statusOf(port: number, localAddress: string): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        localAddress,
        path: target,
        agent: false,
        headers: { metadata: 'true' },
        timeout: patienceMs,
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
