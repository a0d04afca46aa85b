/**
 * From the event that an identity is assigned to the answer of the request that waits for it.
 *
 * @module
 */
import { formatTime, percentile } from '../measure.js';
import type { Table } from '../table.js';
import type { LoadCalls } from './load-process.js';
import { MeasuredNode, tokenTarget } from './measured-node.js';
import type { NmiProcess } from './nmi-process.js';
import { OwnProcess } from './own-process.js';
import { sharedClock } from './shared-clock.js';

const turns = 100;
/** NMI begins at most 15 fetches a second: the turns must come slower, or they measure how long one waits for its turn. */
const fetchEachMs = 80;

export async function waitingRequest(): Promise<Table> {
  await using node = await MeasuredNode.start({ identities: 1, limits: { imds: 'off' } });
  const pods = Array.from({ length: 2 * turns }, (_, index) => `web-${index}`);
  for (const pod of pods) {
    node.addPod(pod, 0);
    node.addAssignment(pod, 0, 'Created');
  }
  node.addPod('first', 0);
  node.addAssignment('first', 0, 'Assigned');
  const addresses: string[] = [];
  for (const pod of pods) addresses.push(await node.address(pod));
  await using nmi = await node.startNmi();
  await using load = new OwnProcess<LoadCalls>(new URL('load-process.ts', import.meta.url));
  await load.call('firstToken', { port: nmi.port, from: await node.address('first'), target: tokenTarget() });

  const measure = async (index: number, target: string): Promise<number> => {
    const answered = load.call('each', { port: nmi.port, requests: [{ from: addresses[index]!, target }] });
    await waiting(nmi, 1);
    const assignedAt = sharedClock();
    node.assign(pods[index]!, 0);
    const [answer] = await answered;
    if (answer?.status !== 200) throw new Error(`the request that waited was answered ${answer?.status}`);
    await waiting(nmi, 0);
    return answer.at - assignedAt;
  };
  const held: number[] = [];
  const fetched: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const next = sharedClock() + fetchEachMs;
    held.push(await measure(turn, tokenTarget()));
    fetched.push(await measure(turns + turn, tokenTarget(`https://api-${turn}.example`)));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - sharedClock())));
  }
  const row = (what: string, times: readonly number[]): string[] => [
    what,
    String(times.length),
    formatTime(percentile(times, 0.5)),
    formatTime(percentile(times, 1)),
  ];
  return {
    title: 'nmi: a request that waits',
    note: 'From the moment at which the AzureAssignedIdentity becomes `Assigned` in the API server to the answer at the pod. IMDS, where it is asked, takes no time of its own but for signing the token; it is asked less often than NMI may ask it.',
    columns: ['', 'requests', 'median', 'longest'],
    rows: [row('token held', held), row('token fetched from IMDS', fetched)],
  };
}

async function waiting(nmi: NmiProcess, count: number): Promise<void> {
  while ((await nmi.metric('aadpodidentity_nmi_waiters')) !== count)
    await new Promise((resolve) => setTimeout(resolve, 5));
}
