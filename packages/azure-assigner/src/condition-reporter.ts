/**
 * The condition `Ready` of AzureIdentities and AzureIdentityBindings: judged anew when something about them is known that
 * was not, written only where it says something else (docs/conditions.md). Never in the way of an assignment: one
 * write at a time, with a pause after each, in a queue of its own.
 *
 * @module
 */
import {
  nextReady,
  objectKey,
  sleep,
  type AzureIdentity,
  type AzureIdentityBinding,
  type Clock,
} from '@aad-pod-identity/core';
import { WorkQueue, type Lister, type WorkResult } from '@aad-pod-identity/kubernetes';
import { judgeBindingReady, judgeIdentity, type MatchIndex } from '@aad-pod-identity/matcher';
import { match } from 'ts-pattern';
import { AzureKnowledge } from './azure-knowledge.js';
import type { Cluster } from './cluster.js';
import { checkIdentities } from './identity-check.js';
import type { IdentityReader } from './identity-reader.js';
import type { ResourceOutcome } from './resource-outcome.js';
import type { JudgedKind, JudgedObject, StatusWriter, StatusWritten } from './status-writer.js';
import { VerdictEvents, type ObjectVerdict } from './verdict-events.js';

/** Options of {@link ConditionReporter}. */
export interface ConditionReporterOptions {
  readonly identities: Lister<AzureIdentity>;
  readonly bindings: Lister<AzureIdentityBinding>;
  /** Knows of every change before the listers tell it. */
  readonly matches: Pick<MatchIndex, 'judgedBinding' | 'bindingsNaming'>;
  readonly reader: IdentityReader;
  readonly status: StatusWriter;
  readonly cluster: Pick<Cluster, 'event'>;
  readonly clock: Clock;
  readonly random: () => number;
  /** A line for an operator: something has to be put right. */
  readonly onTrouble: (message: string) => void;
  /** A line for an operator: something is as it is. */
  readonly onNotice: (message: string) => void;
  /** A line for somebody who looks for the cause of something. */
  readonly onDetail: (message: string) => void;
}

type Key = `${JudgedKind} ${string}`;

/** An object and what is to be said about it. */
interface Judged {
  readonly object: JudgedObject;
  readonly verdict: ObjectVerdict;
}

/** What changes within this time is one write. */
const windowMs = 1_000;
/** After each write: at most twenty a second. */
const pauseMs = 50;
/** Between two writes that only change the message of one object, such as where else Azure refuses it. */
const rewordMs = 60_000;

/** The reporter of one term. */
export class ConditionReporter {
  readonly #options: ConditionReporterOptions;
  readonly #knowledge = new AzureKnowledge();
  readonly #events: VerdictEvents;
  readonly #queue: WorkQueue<Key>;
  readonly #check: ReturnType<typeof checkIdentities>;
  readonly #unsubscribe: readonly (() => void)[];
  readonly #unsupported = new Set<JudgedKind>();
  readonly #writtenAt = new Map<Key, number>();

  /** Begins with every object that there is. */
  constructor(options: ConditionReporterOptions) {
    const { identities, bindings, reader, clock, random, onDetail } = options;
    this.#options = options;
    this.#events = new VerdictEvents(options.cluster);
    this.#queue = new WorkQueue<Key>({
      clock,
      random,
      windowMs,
      maxBackoffMs: 300_000,
      work: (key, signal) => this.#work(key, signal),
      onError: ({ key, error }) => onDetail(`the condition of ${key} is not written: ${String(error)}`),
    });
    this.#unsubscribe = [
      identities.subscribe((change) => this.#identityChanged(change.key, change.new ?? change.old)),
      bindings.subscribe(({ key }) => this.#queue.add(`AzureIdentityBinding ${key}`)),
    ];
    for (const identity of identities.list()) this.#queue.add(`AzureIdentity ${objectKey(identity)}`);
    for (const binding of bindings.list()) this.#queue.add(`AzureIdentityBinding ${objectKey(binding)}`);
    this.#check = checkIdentities({
      identities,
      reader,
      clock,
      random,
      onDetail,
      onReading: (key, reading) => {
        this.#knowledge.read(key, reading);
        this.#queue.add(`AzureIdentity ${key}`);
      },
    });
  }

  /** Takes what a run on a compute resource has shown. */
  ran(resourceKey: string, outcome: ResourceOutcome | undefined): void {
    const concerned = this.#knowledge.ran(resourceKey, outcome);
    if (concerned.size === 0) return;
    for (const identity of this.#options.identities.list()) {
      if (identity.resource === undefined || !concerned.has(identity.resource.key)) continue;
      const key = objectKey(identity);
      const { attached, reading } = this.#knowledge.factsOf(identity);
      // What is attached is there: Azure's word that it is not may be older.
      if (attached && reading?.kind === 'not-found') this.#check.again(key);
      this.#queue.add(`AzureIdentity ${key}`);
    }
  }

  /** Resolves when nothing is under way any more; what is not written by then never is. */
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    await Promise.all([this.#check.stop(), this.#queue.abort(new Error('the term is over'))]);
  }

  #identityChanged(key: string, identity: AzureIdentity): void {
    this.#queue.add(`AzureIdentity ${key}`);
    for (const binding of this.#options.matches.bindingsNaming(identity))
      this.#queue.add(`AzureIdentityBinding ${binding}`);
  }

  async #work(key: Key, signal: AbortSignal): Promise<WorkResult> {
    const { clock, status } = this.#options;
    const [kind, name] = split(key);
    const judged = kind === 'AzureIdentity' ? this.#judgeIdentity(name) : this.#judgeBinding(name);
    if (judged === undefined) return {};
    const { object, verdict } = judged;
    this.#events.tell(kind, object, verdict);
    const standing = object.conditions.ready;
    const at = { now: clock.now(), generation: object.generation };
    const ready = nextReady(kind, standing, verdict, at);
    if (ready === standing || this.#unsupported.has(kind)) return {};
    const reworded = standing?.reason === ready.reason && standing.observedGeneration === at.generation;
    const waitMs = (this.#writtenAt.get(key) ?? Number.NEGATIVE_INFINITY) + rewordMs - clock.monotonic();
    if (reworded && waitMs > 0) return { requeueAfterMs: waitMs };
    const written = await status.write(kind, object, ready, signal);
    this.#writtenAt.set(key, clock.monotonic());
    this.#conclude(kind, key, written);
    await sleep(clock, pauseMs, signal).catch(() => undefined);
    return {};
  }

  #conclude(kind: JudgedKind, key: Key, written: StatusWritten): void {
    const { onTrouble, onNotice } = this.#options;
    match(written)
      .with({ kind: 'written' }, { kind: 'gone' }, () => undefined)
      .with({ kind: 'refused' }, ({ why }) => onTrouble(`the condition of ${key} is not written: ${why}`))
      .with({ kind: 'unsupported' }, ({ why }) => {
        this.#unsupported.add(kind);
        onNotice(`conditions of ${kind} objects are not written: ${why}`);
      })
      .with({ kind: 'forbidden' }, ({ why }) => {
        this.#unsupported.add(kind);
        onTrouble(`conditions of ${kind} objects are not written: ${why}`);
      })
      .exhaustive();
  }

  /** Undefined: it is gone, or too early to judge. */
  #judgeIdentity(key: string): Judged | undefined {
    const object = this.#options.identities.get(key);
    if (object === undefined) {
      this.#forget('AzureIdentity', key);
      return undefined;
    }
    const verdict = judgeIdentity(this.#knowledge.factsOf(object));
    return verdict === undefined ? undefined : { object, verdict };
  }

  #judgeBinding(key: string): Judged | undefined {
    const object = this.#options.bindings.get(key);
    const judged = object === undefined ? undefined : this.#options.matches.judgedBinding(object);
    if (object === undefined || judged === undefined) {
      this.#forget('AzureIdentityBinding', key);
      return undefined;
    }
    return { object, verdict: judgeBindingReady(judged) };
  }

  #forget(kind: JudgedKind, key: string): void {
    this.#writtenAt.delete(`${kind} ${key}`);
    this.#events.forget(kind, key);
  }
}

function split(key: Key): readonly [JudgedKind, string] {
  const at = key.indexOf(' ');
  return [key.slice(0, at) as JudgedKind, key.slice(at + 1)];
}
