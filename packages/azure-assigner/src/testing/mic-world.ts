import {
  VirtualClock,
  objectKey,
  type AzureAssignedIdentity,
  type AzureIdentity,
  type AzureIdentityBinding,
  type Node,
  type Pod,
} from '@aad-pod-identity/core';
import { KubernetesError, Store } from '@aad-pod-identity/kubernetes';
import { AssignmentIndex, type ClusterEvent, type Protected } from '@aad-pod-identity/matcher';
import { AssignmentConditions } from '../assignment-conditions.js';
import { assignedIdentityStore } from '../assigned-identity-store.js';
import { AssignmentWriter } from '../assignment-writer.js';
import { rateLimitedCompute } from '../compute-rate-limit.js';
import { ConditionReporter } from '../condition-reporter.js';
import { Controller } from '../controller.js';
import type { IdentityReader } from '../identity-reader.js';
import { ObjectBackoff } from '../object-backoff.js';
import { pardonChangedIdentities } from '../pardon.js';
import { ReconcileEvents } from '../reconcile-events.js';
import { ResourceReconciler } from '../resource-reconciler.js';
import type { JudgedKind } from '../status-writer.js';
import { reconcileUnplaced } from '../unplaced-reconciler.js';
import { FakeCluster } from './fake-cluster.js';
import { FakeCompute } from './fake-compute.js';
import { FakeStatus } from './fake-status.js';
import { binding, identity, instanceNode, pod } from './objects.js';

/** How a world is set up. */
export interface MicWorldOptions {
  readonly graceMs?: number;
  readonly protectedIdentities?: Protected;
  /** Whether MIC can ask Azure for identities: those that are bad are not there. */
  readonly readIdentities?: boolean;
}

type Given = { kind: 'Pod'; object: Pod } | { kind: 'Node'; object: Node };
type GivenJudged =
  | { kind: 'AzureIdentity'; object: AzureIdentity }
  | { kind: 'AzureIdentityBinding'; object: AzureIdentityBinding };

/** MIC's work over a cluster and an Azure in memory, on virtual time. */
export class MicWorld {
  readonly clock: VirtualClock = new VirtualClock(Date.parse('2026-01-01T00:00:00Z'), settle);
  readonly cluster: FakeCluster;
  readonly compute: FakeCompute = new FakeCompute(this.clock);
  readonly status: FakeStatus = new FakeStatus((kind, object) => this.#take(kind, object));
  readonly failures: string[] = [];
  /** Lines for an operator. */
  readonly lines: string[] = [];
  /** How many identities are in quarantine, by compute resource. */
  readonly quarantined = new Map<string, number>();
  reader: IdentityReader = {
    read: async ({ key, name }) =>
      this.#options.readIdentities === true && this.compute.bad.has(key)
        ? { kind: 'not-found' }
        : { kind: 'found', clientId: `client-of-${name}` },
  };
  readonly #options: MicWorldOptions;
  readonly #given = new Map<string, ClusterEvent>();
  #index: AssignmentIndex | undefined;
  #store: Store<AzureAssignedIdentity> | undefined;
  #judged: JudgedStores | undefined;
  #reporter: ConditionReporter | undefined;
  #controller: Controller | undefined;

  constructor(options: MicWorldOptions = {}) {
    this.#options = options;
    this.cluster = new FakeCluster((key, assigned) => this.#watched(key, assigned));
  }

  /** A world with a node of the scale set `ss`, on which `count` pods each need an identity of their own. */
  static withPods(count: number): MicWorld {
    const world = new MicWorld().nodes(instanceNode('ss', 0));
    for (let n = 0; n < count; n++) {
      world
        .identities(identity(`id${n}`))
        .bindings(binding(`b${n}`, `id${n}`, `app${n}`))
        .pods(pod(`p${n}`, `app${n}`, 'ss-0'));
    }
    return world;
  }

  /** Every PATCH so far, such as `patch ss +a -b`. */
  get patches(): string[] {
    return this.compute.calls.filter((call) => call.startsWith('patch'));
  }

  /** Adds or changes objects. */
  give(...objects: readonly (Given | GivenJudged)[]): this {
    for (const given of objects) {
      const object = isJudged(given) ? this.status.apply(given.kind, given.object) : given.object;
      this.#apply({ type: 'upsert', kind: given.kind, object } as ClusterEvent);
    }
    return this;
  }

  pods = (...pods: Pod[]): this => this.give(...pods.map((object) => ({ kind: 'Pod', object }) as const));
  nodes = (...nodes: Node[]): this =>
    this.give(...nodes.map((object) => ({ kind: 'Node', object }) as const));
  identities = (...ids: AzureIdentity[]): this =>
    this.give(...ids.map((object) => ({ kind: 'AzureIdentity', object }) as const));
  bindings = (...bindings: AzureIdentityBinding[]): this =>
    this.give(...bindings.map((object) => ({ kind: 'AzureIdentityBinding', object }) as const));

  /** Takes an object away. */
  take(kind: 'Pod' | 'Node' | 'AzureIdentity' | 'AzureIdentityBinding', name: string): this {
    if (kind === 'AzureIdentity' || kind === 'AzureIdentityBinding')
      this.status.delete(kind, `default/${name}`);
    this.#apply({ type: 'delete', kind, key: { namespace: kind === 'Node' ? '' : 'default', name } });
    return this;
  }

  /** Starts MIC: it lists everything, as if the process were new. */
  start(): this {
    const { graceMs = 0, protectedIdentities, readIdentities = false } = this.#options;
    const { clock, cluster } = this;
    const compute = rateLimitedCompute(this.compute, { clock });
    const policy = { mode: 'standard', forceNamespaced: false } as const;
    const index = new AssignmentIndex(policy, protectedIdentities);
    const store = new Store<AzureAssignedIdentity>({ onListenerError: raise });
    const assigned = assignedIdentityStore(store);
    const onNotice = (line: string): number => this.lines.push(line);
    const conditions = new AssignmentConditions({ clock, onUnsupported: onNotice });
    const writer = new AssignmentWriter({ cluster, index, assigned, policy, clock, conditions });
    const events = new ReconcileEvents(cluster);
    const reconcileMs = 180_000;
    const reconciler = new ResourceReconciler({
      index,
      compute,
      ...(readIdentities ? { reader: this.reader } : {}),
      writer,
      events,
      clock,
      graceMs,
      reconcileMs,
      batch: 20,
      onOutcome: (key, outcome) => {
        this.quarantined.set(key, outcome?.refused.size ?? 0);
        if (this.#reporter === reporter) reporter.ran(key, outcome);
      },
    });
    for (const event of this.#given.values()) index.apply(event);
    this.#index = index;
    this.#store = store;
    store.subscribe((change) => {
      const effect = index.apply(
        change.new === undefined
          ? { type: 'delete', kind: 'AzureAssignedIdentity', key: change.old }
          : { type: 'upsert', kind: 'AzureAssignedIdentity', object: change.new },
      );
      if (this.#index === index) this.#controller?.changed(effect);
    });
    for (const object of cluster.objects.values()) assigned.wrote(object);
    const backoff = new ObjectBackoff(clock);
    this.#controller = new Controller({
      index,
      clock,
      random: () => 0.5,
      reconcileResource: (key, signal) => reconciler.run(key, signal),
      resourceChanged: (key) => reconciler.changed(key),
      reconcileUnplaced: () => reconcileUnplaced({ index, writer, events, batch: 20, backoff }),
      syncMs: 3_600_000,
      maxBackoffMs: reconcileMs,
      onFailure: (key, error) => this.failures.push(String(error)),
    });
    const judged: JudgedStores = {
      AzureIdentity: new Store({ onListenerError: raise }),
      AzureIdentityBinding: new Store({ onListenerError: raise }),
    };
    this.#judged = judged;
    for (const event of this.#given.values()) this.#judge(event);
    const reporter = new ConditionReporter({
      identities: judged.AzureIdentity,
      bindings: judged.AzureIdentityBinding,
      matches: index.matches,
      reader: { read: (identity, signal) => this.reader.read(identity, signal) },
      status: this.status,
      cluster,
      clock,
      random: () => 0.5,
      onTrouble: onNotice,
      onNotice,
      onDetail: () => undefined,
    });
    this.#reporter = reporter;
    pardonChangedIdentities(judged.AzureIdentity, reconciler);
    return this;
  }

  /** Ends MIC as a crash would: nothing that is under way is told of its outcome. */
  async kill(): Promise<void> {
    const controller = this.#controller;
    this.#controller = undefined;
    this.#index = undefined;
    this.#store = undefined;
    this.#judged = undefined;
    const reporter = this.#reporter;
    this.#reporter = undefined;
    await reporter?.stop();
    await controller?.stop(new KubernetesError('not-leading', 'killed'));
  }

  /** Lets time pass, with all that happens in it. */
  async pass(ms: number): Promise<this> {
    await this.clock.advance(ms);
    return this;
  }

  /** Names of the identities that a resource has. */
  on(resource: Parameters<FakeCompute['resource']>[0]): string[] {
    return [...this.compute.resource(resource).identities].map((id) => id.split('/').pop() ?? '').sort();
  }

  /** `reason about` of every event so far. */
  get told(): string[] {
    return this.cluster.events.map(({ reason, subject }) => `${reason}: ${subject.kind} ${subject.name}`);
  }

  #watched(key: string, assigned: AzureAssignedIdentity | undefined): void {
    if (this.#store === undefined) return;
    if (assigned === undefined) this.#store.delete(key);
    else assignedIdentityStore(this.#store).wrote(assigned);
  }

  #apply(event: ClusterEvent): void {
    const key = objectKey(event.type === 'upsert' ? { namespace: '', ...event.object } : event.key);
    if (event.type === 'upsert') this.#given.set(`${event.kind} ${key}`, event);
    else this.#given.delete(`${event.kind} ${key}`);
    const effect = this.#index?.apply(event);
    if (effect !== undefined) this.#controller?.changed(effect);
    this.#judge(event);
  }

  /** What a write of a condition makes the watch tell. */
  #take(kind: JudgedKind, object: AzureIdentity | AzureIdentityBinding): void {
    this.#apply({ type: 'upsert', kind, object } as ClusterEvent);
  }

  /** The store comes after the index, as in MIC. */
  #judge(event: ClusterEvent): void {
    if (event.kind !== 'AzureIdentity' && event.kind !== 'AzureIdentityBinding') return;
    if (event.type === 'delete') this.#judged?.[event.kind].delete(objectKey(event.key));
    else if (event.kind === 'AzureIdentity')
      this.#judged?.AzureIdentity.set({ ...event.object, value: event.object });
    else this.#judged?.AzureIdentityBinding.set({ ...event.object, value: event.object });
  }
}

interface JudgedStores {
  readonly AzureIdentity: Store<AzureIdentity>;
  readonly AzureIdentityBinding: Store<AzureIdentityBinding>;
}

function isJudged(given: Given | GivenJudged): given is GivenJudged {
  return given.kind === 'AzureIdentity' || given.kind === 'AzureIdentityBinding';
}

function raise(error: unknown): never {
  throw error;
}

/** Work hands over many times between two timers; the event loop turns only when nothing more of it is left. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
