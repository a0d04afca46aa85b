import { join } from 'node:path';
import { armCalls, post, type ArmCall } from '../mic/admin.js';
import type { IdentityInfo, NodeInfo } from '../mic/cluster-objects.js';
import { eventually } from '../../test/eventually.js';
import { ProgramProcess } from '../mic/program-process.js';
import { identityCount, identityName } from './objects.js';

const scaleSets = 10;
const nodesPerScaleSet = 9;
const virtualMachines = 10;
/** How long ARM takes for an update, in seconds. */
const armSeconds = 5;

/** The simulated Azure in a process of its own: 10 scale sets of 9 machines, 10 virtual machines, 200 identities. */
export class Azure implements AsyncDisposable {
  readonly #process: ProgramProcess;
  readonly #admin: string;
  readonly identities: readonly IdentityInfo[];
  /** One of each scale set in turn, and so on; the virtual machines last. */
  readonly nodes: readonly NodeInfo[];

  private constructor(
    process: ProgramProcess,
    admin: string,
    identities: readonly IdentityInfo[],
    nodes: readonly NodeInfo[],
  ) {
    this.#process = process;
    this.#admin = admin;
    this.identities = identities;
    this.nodes = nodes;
  }

  /** @param folder - where its files for MIC go */
  static async start(file: string, folder: string): Promise<Azure> {
    const process = new ProgramProcess(file, [
      '--json',
      '--crds=none',
      `--kubeconfig=${join(folder, 'unused.kubeconfig')}`,
      `--environment-dir=${folder}`,
      `--scale-set-update-duration=${armSeconds}s`,
      `--vm-update-duration=${armSeconds}s`,
    ]);
    const ready = await eventually('the simulator', () => process.lines[0]);
    const { admin } = (JSON.parse(ready) as { urls: { admin: string } }).urls;
    const identities: IdentityInfo[] = [];
    for (let index = 0; index < identityCount; index++)
      identities.push(await createIdentity(admin, identityName(index)));
    const sets: NodeInfo[][] = [];
    for (let index = 0; index < scaleSets; index++)
      sets.push(
        await createMachines(`${admin}/azure/scale-sets`, {
          name: `pool-${index}`,
          instances: nodesPerScaleSet,
        }),
      );
    const nodes = Array.from({ length: nodesPerScaleSet }, (_, place) =>
      sets.flatMap((set) => set.slice(place, place + 1)),
    ).flat();
    for (let index = 0; index < virtualMachines; index++)
      nodes.push(...(await createMachines(`${admin}/azure/virtual-machines`, { name: `machine-${index}` })));
    return new Azure(process, admin, identities, nodes);
  }

  /** Where the IMDS of a node is. */
  async imds(node: string): Promise<URL> {
    const { urls } = (await (await fetch(this.#admin)).json()) as { urls: { imds: Record<string, string> } };
    return new URL(urls.imds[node] ?? '');
  }

  /** What ARM was asked since the last time. */
  armCalls(): Promise<readonly ArmCall[]> {
    return armCalls(this.#admin);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.end('SIGTERM');
  }
}

/** Seconds that ARM took for the machine or scale set with most updates, and how many updates there were in all. */
export function armTime(calls: readonly ArmCall[]): { readonly seconds: number; readonly updates: number } {
  const counts = new Map<string, number>();
  for (const { method, target } of calls) {
    const name = /(?:virtualMachineScaleSets|virtualMachines)\/([^/?]+)/i.exec(target)?.[1];
    if (method === 'PATCH' && name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const updates = [...counts.values()];
  return {
    seconds: Math.max(0, ...updates) * armSeconds,
    updates: updates.reduce((sum, count) => sum + count, 0),
  };
}

/** An identity that MIC may assign. */
async function createIdentity(admin: string, name: string): Promise<IdentityInfo> {
  const { id, clientId } = await post(`${admin}/azure/identities`, { name });
  const role = { principal: 'mic', role: 'Managed Identity Operator', scope: name };
  await post(`${admin}/azure/role-assignments`, role);
  return { name, id: String(id), clientId: String(clientId) };
}

async function createMachines(url: string, seed: object): Promise<NodeInfo[]> {
  const { machines } = await post(url, seed);
  return (machines as { id: string; node: string }[]).map(({ id, node }) => ({
    name: node,
    providerID: `azure://${id}`,
  }));
}
