/**
 * What NMI holds of memory on a full node of a large cluster.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { formatBytes } from '../measure.js';
import type { Table } from '../table.js';
import type { SentRequest } from './keep-alive-client.js';
import type { LoadCalls } from './load-process.js';
import { MeasuredNode, tokenTarget } from './measured-node.js';
import { OwnProcess } from './own-process.js';
import { residentBytes } from './process-figures.js';

const podsOnNode = 250;
const assignmentsInCluster = 5_000;
const identities = 100;
const resources = ['https://management.azure.com/', 'https://vault.azure.net', 'https://storage.azure.com/'];
const loadSeconds = 20;

export async function memory(): Promise<Table> {
  await using node = await MeasuredNode.start({ identities, limits: { imds: 'off' } });
  const pods = Array.from({ length: podsOnNode }, (_, index) => `web-${index}`);
  for (const [index, pod] of pods.entries()) {
    node.addPod(pod, index % identities);
    node.addAssignment(pod, index % identities, 'Assigned');
  }
  for (let index = podsOnNode; index < assignmentsInCluster; index++)
    node.addAssignment(
      `other-${index}`,
      index % identities,
      'Assigned',
      `vm-${Math.ceil(index / podsOnNode)}`,
    );
  const addresses: string[] = [];
  for (const pod of pods) addresses.push(await node.address(pod));

  await using nmi = await node.startNmi();
  await using load = new OwnProcess<LoadCalls>(new URL('load-process.ts', import.meta.url));
  const rows: string[][] = [['Node alone, with a server on node:http', ...figures(await bareNode())]];
  const note = (what: string): number => rows.push([what, ...figures(residentBytes(nmi.pid))]);

  await load.call('firstToken', { port: nmi.port, from: addresses[0]!, target: tokenTarget() });
  note('first token answered');
  await rest(30);
  note('30 s later');
  for (const from of addresses) {
    const requests = resources.map((resource) => ({ from, target: tokenTarget(resource) }));
    await load.call('each', { port: nmi.port, requests });
  }
  note(`each pod has asked for ${resources.length} tokens`);
  await rest(30);
  note('30 s later');
  const requests = addresses
    .slice(0, 64)
    .map((from): SentRequest => ({ from, target: tokenTarget(), status: 200 }));
  const { perSecond } = await load.call('closedLoop', { port: nmi.port, seconds: loadSeconds, requests });
  note(`after ${loadSeconds} s of ${perSecond.toFixed(0)} requests a second`);
  await rest(30);
  note('30 s later');
  return {
    title: 'nmi: memory',
    note: `${podsOnNode} pods on the node, ${assignmentsInCluster.toLocaleString('en')} assignments in the cluster, of ${identities} identities with as many bindings. What Linux counts as resident, of the built program as it is started in a cluster; "of its own" leaves out what is shared with other processes of the same file.`,
    columns: ['', 'resident', 'of its own', 'highest so far'],
    rows,
  };
}

function figures({ now, anonymous, peak }: ReturnType<typeof residentBytes>): string[] {
  return [now, anonymous, peak].map(formatBytes);
}

async function bareNode(): Promise<ReturnType<typeof residentBytes>> {
  const server = "require('node:http').createServer().listen(0, '127.0.0.1', () => console.log('listening'))";
  const child = spawn(process.execPath, ['-e', server], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await rest(1);
  const bytes = residentBytes(child.pid ?? 0);
  child.kill();
  return bytes;
}

function rest(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}
