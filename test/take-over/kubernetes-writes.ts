/**
 * What is written to the cluster over the wire, and what of it changed anything.
 *
 * @module
 */
import type { Simulator } from '@aad-pod-identity/simulator';

const assignedIdentities = 'azureassignedidentities.aadpodidentity.k8s.io';
const states = '/azureidentit(ies|ybindings)/[^/]+/status';

/** Counts from its creation on. */
export class KubernetesWrites {
  readonly #simulator: Pick<Simulator, 'kubernetes' | 'faults'>;
  readonly #changes = new Map<string, string[]>();
  readonly #ofAssignments: ReadonlySet<string>;
  readonly #ofStates: ReadonlySet<string>;
  readonly #ofOthers: ReadonlySet<string>;

  constructor(simulator: Pick<Simulator, 'kubernetes' | 'faults'>) {
    this.#simulator = simulator;
    this.#ofAssignments = this.#count('/azureassignedidentities');
    this.#ofStates = this.#count(states);
    // Leases and events are what every MIC writes.
    this.#ofOthers = this.#count(`^(?!.*(/leases|/events|/azureassignedidentities|${states}))`);
    const { objects } = simulator.kubernetes;
    const { resourceVersion } = objects.list(assignedIdentities);
    objects.watch(
      assignedIdentities,
      (event) => {
        if (!('object' in event)) return;
        const { metadata, status } = event.object;
        const { status: state = 'no status' } = (status ?? {}) as { status?: string };
        const what = { ADDED: `new, ${state}`, MODIFIED: state, DELETED: 'gone' }[event.type];
        const name = metadata.name ?? '';
        this.#changes.set(name, [...(this.#changes.get(name) ?? []), what]);
      },
      { resourceVersion },
    );
  }

  /** How many requests wrote, or tried to write, an AzureAssignedIdentity. */
  get assignmentRequests(): number {
    return this.#hits(this.#ofAssignments);
  }

  /** How many wrote, or tried to write, the conditions of an identity or binding. */
  get stateRequests(): number {
    return this.#hits(this.#ofStates);
  }

  /** How many wrote anything else but leases and events. */
  get otherRequests(): number {
    return this.#hits(this.#ofOthers);
  }

  /** What became of each AzureAssignedIdentity that changed, by its name, change by change. */
  get assignments(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(this.#changes);
  }

  /** Rules that do nothing but count. */
  #count(path: string): ReadonlySet<string> {
    const action = { kind: 'latency', ms: 0 } as const;
    const add = (method: string): string =>
      this.#simulator.faults.add({ target: 'kubernetes', method, path, action });
    return new Set(['POST', 'PUT', 'PATCH', 'DELETE'].map(add));
  }

  #hits(rules: ReadonlySet<string>): number {
    const counting = this.#simulator.faults.list().filter(({ id }) => rules.has(id));
    return counting.reduce((sum, { hits }) => sum + hits, 0);
  }
}
