/**
 * A soak: the built NMI serves the pods of a node of a simulated cluster that never rests, through faults of IMDS, Entra
 * and the API server. Each answer is judged by the authorization model; memory and log are watched.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSimulator, type Simulator } from '@aad-pod-identity/simulator';
import { buildPrograms } from '../../scripts/program-bundles.js';
import { freePorts } from '../free-ports.js';
import { startNmi, type NmiChild } from '../nmi-child.js';
import { SeededRandom } from '../seeded-random.js';
import { shippedCrds } from '../shipped-crds.js';
import { ClusterHistory } from './cluster-history.js';
import { trendOf, type Sample, type Trend } from './memory-trend.js';
import { closeKeptConnections } from './pod-client.js';
import { knowledgeLagMs, PodLoad, type LoadReport } from './pod-load.js';
import { RestlessCluster, type Principal } from './restless-cluster.js';
import { UpstreamFaults } from './upstream-faults.js';

/** What a soak is to be. */
export interface SoakOptions {
  readonly minutes: number;
  readonly pods: number;
  readonly seed: number;
  readonly requestsPerSecond: number;
  readonly changesPerSecond: number;
  readonly say: (line: string) => void;
}

/** What a soak has shown. */
export interface SoakReport extends LoadReport {
  readonly faults: number;
  readonly changes: number;
  readonly memory: Trend;
  /** What is wrong with NMI, beside its answers. */
  readonly complaints: readonly string[];
}

const node = 'vm-0';
const secrets = ['soak-secret-0', 'soak-secret-1'];
/** Anything that begins like a JSON web token is secret too. */
const webToken = /eyJ[\w-]{8,}/;
const sampleMs = 1_000;
/** A machine that is this busy says nothing of NMI. */
const standstillMs = 2_000;

/** Runs it. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { minutes, seed, say } = options;
  const { nmi: program } = await buildPrograms(say, ['nmi']);
  const identities = Array.from({ length: 10 }, (_, i) => ({ name: `id-${i}` }));
  const applications = ['sp-0', 'sp-1'].map((name) => ({ name, secrets }));
  // Short lives, so that tokens are refreshed many times within the soak.
  const life = minutes < 5 ? 325 : 720;
  await using simulator = await startSimulator({
    seed,
    customResourceDefinitions: await shippedCrds(),
    world: {
      identities,
      applications,
      virtualMachines: [{ name: node, userAssigned: identities.map(({ name }) => name) }],
    },
    latencies: { podTermination: 1_500 },
    // Hardly more than there are pods: an address is soon another's.
    addresses: { podAddresses: Array.from({ length: options.pods + 12 }, (_, i) => `127.1.7.${i + 1}`) },
    tokenLifetimes: { application: life, managedIdentity: life },
  });
  using history = new ClusterHistory(simulator.kubernetes.objects, node);
  const principals = principalsOf(simulator);
  const random = (part: number): SeededRandom => new SeededRandom(seed, part);
  const cluster = new RestlessCluster({
    ...{ simulator, node, principals, random: random(1), pods: options.pods, now: () => history.now },
  });
  cluster.populate();
  await sleep(500);
  cluster.assignAll();
  await sleep(knowledgeLagMs);
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  try {
    await using nmi = await start(simulator, program, join(folder, 'kubeconfig'));
    const faults = new UpstreamFaults(simulator, random(2), minutes < 5 ? 4_000 : 15_000);
    const load = new PodLoad({ nmi, history, faults, principals, random: random(3), ...options });
    return await watchOver({ ...options, cluster, nmi, faults, load, random: random(4) });
  } finally {
    closeKeptConnections();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Soaking extends SoakOptions {
  readonly cluster: RestlessCluster;
  readonly nmi: NmiChild;
  readonly faults: UpstreamFaults;
  readonly load: PodLoad;
  readonly random: SeededRandom;
}

async function watchOver(soaking: Soaking): Promise<SoakReport> {
  const { minutes, cluster, nmi, faults, load, random, say } = soaking;
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const elapsed = (): number => (performance.now() - startedAt) / 60_000;
  const probing = new AbortController();
  const probes = probeStandstills(nmi, load, probing.signal);
  let changes = 0;
  let skipped = 0;
  let sampledAt = -Infinity;
  let saidAt = 0;
  while (elapsed() < minutes && nmi.ended() === undefined) {
    const before = performance.now();
    await sleep(20);
    if (performance.now() - before > standstillMs) load.stoodStill();
    faults.step();
    cluster.step();
    // After a standstill of this process there is no burst.
    const due = elapsed() * 60 * soaking.changesPerSecond;
    for (skipped = Math.max(skipped, due - changes - 5); changes + skipped < due;) {
      cluster.change();
      if (++changes % 200 === 0) cluster.rotateSecret(random.pick(secrets));
    }
    load.step(elapsed() * 60);
    if (performance.now() - sampledAt < sampleMs) continue;
    sampledAt = performance.now();
    samples.push({ minutes: elapsed(), mebibytes: nmi.memory() });
    if (elapsed() - saidAt < 1) continue;
    saidAt = elapsed();
    const { judged, wrong } = load.report;
    say(`${saidAt.toFixed(0)} min: ${judged} answers, ${wrong.length} wrong, ${nmi.memory().toFixed(1)} MiB`);
  }
  faults.end();
  probing.abort();
  await probes;
  await load.finish();
  const complaints = [...nmi.suspicious.slice(0, 20), ...(await atTheEnd(nmi))];
  // What is read and compiled at first is no growth.
  const warm = samples.filter((sample) => sample.minutes > minutes / 6);
  return { ...load.report, faults: faults.count, changes, memory: trendOf(warm), complaints };
}

/** Whether NMI is run at all: on a busy machine it may have to wait, and is then behind in what it knows. */
async function probeStandstills(nmi: NmiChild, load: PodLoad, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && nmi.ended() === undefined) {
    const before = performance.now();
    await nmi.probed().catch(() => undefined);
    if (performance.now() - before > standstillMs) load.stoodStill();
    await sleep(500);
  }
}

/** Nothing may be left of what is over. */
async function atTheEnd(nmi: NmiChild): Promise<readonly string[]> {
  const before = nmi.ended();
  if (before !== undefined) return [`nmi ended by itself: ${before}`];
  const complaints: string[] = [];
  for (const deadline = performance.now() + 15_000; ; await sleep(100)) {
    const [waiters, queue] = [
      await nmi.metric('aadpodidentity_nmi_waiters'),
      await nmi.metric('aadpodidentity_nmi_imds_queue_depth'),
    ];
    if (waiters === 0 && queue === 0) break;
    if (performance.now() < deadline) continue;
    complaints.push(`${waiters} requests wait and ${queue} are queued though nobody asks any more`);
    break;
  }
  const code = await nmi.stop();
  if (code !== 0) complaints.push(`nmi ended with ${code} when it was told to stop`);
  return complaints;
}

async function start(simulator: Simulator, program: string, kubeconfig: string): Promise<NmiChild> {
  await simulator.writeKubeconfig(kubeconfig);
  const imds = new URL(simulator.urls.imds[node] ?? '');
  const isSecret = (line: string): boolean =>
    webToken.test(line) || secrets.some((secret) => line.includes(secret));
  return startNmi({
    program,
    isSecret,
    ports: await freePorts(),
    args: [
      ...[`--kubeconfig=${kubeconfig}`, `--node=${node}`, '--interception=none', '--log-format=json'],
      ...[`--metadata-ip=${imds.hostname}`, `--metadata-port=${imds.port}`, '--allow-network-plugin-kubenet'],
      // The waits of the contract, a few times shorter.
      ...[
        '--find-identity-retry-interval=1',
        '--retry-attempts-for-created=4',
        '--retry-attempts-for-assigned=2',
      ],
      '--binding-grace=1s',
    ],
    environment: {
      AZURE_AUTHORITY_HOST: simulator.urls.entra,
      NODE_EXTRA_CA_CERTS: await caFile(simulator, kubeconfig),
    },
  });
}

async function caFile(simulator: Simulator, kubeconfig: string): Promise<string> {
  await writeFile(`${kubeconfig}.ca`, simulator.caCertificate);
  return `${kubeconfig}.ca`;
}

function principalsOf(simulator: Simulator): readonly Principal[] {
  const managed = simulator.azure.identities
    .list()
    .map(({ name, clientId, id }): Principal => ({ name, type: 0, clientId, resourceId: id }));
  const applications = simulator.azure.directory
    .list()
    .map(({ displayName, clientId }): Principal => ({ name: displayName, type: 1, clientId }));
  return [...managed, ...applications];
}
