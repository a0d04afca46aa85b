/**
 * One random cluster over some time, watched by NMI with delays, asked again and again: by each request that is answered
 * at once, and by requests that wait while the cluster changes.
 *
 * @module
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { VirtualClock } from '@aad-pod-identity/core';
import { SeededRandom } from '../seeded-random.js';
import {
  answer as answerOfModel,
  isKnownAtOnce,
  type Answer,
  type Cluster,
  type Policy,
  type Request,
} from './model.js';
import {
  changed,
  emptyCluster,
  kinds,
  randomChange,
  randomPolicy,
  randomRequest,
  type Change,
  type Kind,
} from './random-cluster.js';
import { RealNmi } from './real-nmi.js';
import { spelledObject, spelledRequest } from './spelling.js';

/** An answer of NMI that the model does not give. */
export interface Disagreement {
  readonly request: Request;
  readonly sent: unknown;
  readonly real: string;
  readonly model: readonly Answer[];
  readonly policy: Policy;
  /** What NMI had seen, and what was so, at each moment from the request's arrival to its answer. */
  readonly moments: readonly Moment[];
}

interface Moment {
  readonly watched: Cluster;
  readonly server: Cluster;
}

/** What became of a world. */
export interface WorldReport {
  requests: number;
  /** Requests that waited while something changed. */
  waited: number;
  readonly answers: Map<string, number>;
  disagreement: Disagreement | undefined;
}

const stepsAWorld = 50;
const requestsAStep = 3;
const noWaits = { bindingGraceMs: 0, createdMs: 0, assignedMs: 0, watchLagMs: 0, doubtMs: 0 };
const waits = {
  bindingGraceMs: 5_000,
  createdMs: 20_000,
  assignedMs: 10_000,
  watchLagMs: 1_500,
  doubtMs: 5_000,
};

/** Runs the world of that number; seed and number decide it wholly. */
export async function runWorld(seed: number, number: number): Promise<WorldReport> {
  return new World(seed, number).run();
}

class World {
  readonly #random: SeededRandom;
  readonly #policy: Policy;
  readonly #clock = new VirtualClock();
  readonly #atOnce: RealNmi;
  readonly #waiting: RealNmi;
  readonly #report: WorldReport = { requests: 0, waited: 0, answers: new Map(), disagreement: undefined };
  #moment: Moment = { watched: emptyCluster, server: emptyCluster };
  /** Each kind has a watch of its own, which is behind by itself. */
  readonly #underWay = new Map<Kind, (readonly [Change, object])[]>(kinds.map((kind) => [kind, []]));
  readonly #serverPods = new Map<string, object>();

  constructor(seed: number, number: number) {
    this.#random = new SeededRandom(seed, number);
    this.#policy = randomPolicy(this.#random);
    const serverPods = (): readonly object[] => [...this.#serverPods.values()];
    this.#atOnce = new RealNmi(this.#policy, noWaits, this.#clock, serverPods);
    this.#waiting = new RealNmi(this.#policy, waits, this.#clock, serverPods);
  }

  async run(): Promise<WorldReport> {
    for (let i = 0; i < 40; i++) this.#change();
    this.#deliver(Infinity);
    for (let step = 0; step < stepsAWorld && this.#report.disagreement === undefined; step++) {
      for (let i = this.#random.below(3); i >= 0; i--) this.#change();
      if (this.#random.percent(75)) this.#deliver(this.#random.percent(70) ? Infinity : 1);
      for (let i = 0; i < requestsAStep; i++) await this.#askAtOnce();
      if (this.#random.percent(25)) await this.#askWhileItChanges();
    }
    return this.#report;
  }

  #change(): void {
    const { server } = this.#moment;
    const change = randomChange(this.#random, server);
    const json = spelledObject(change, this.#random);
    const key = `${change.object.namespace}/${change.object.name}`;
    if (change.kind === 'pods') {
      if (change.gone) this.#serverPods.delete(key);
      else this.#serverPods.set(key, json);
    }
    this.#underWay.get(change.kind)?.push([change, json]);
    this.#moment = { ...this.#moment, server: changed(server, change) };
  }

  /** Brings events to NMI: of each kind at most so many, in their order. */
  #deliver(most: number): void {
    for (const [kind, queue] of this.#underWay) {
      for (const [change, json] of queue.splice(0, most)) {
        this.#moment = { ...this.#moment, watched: changed(this.#moment.watched, change) };
        this.#atOnce.deliver(kind, json, change.gone);
        this.#waiting.deliver(kind, json, change.gone);
      }
    }
  }

  async #askAtOnce(): Promise<void> {
    const request = randomRequest(this.#random, this.#moment.server);
    const sent = spelledRequest(request, this.#random);
    let real: string | undefined;
    void this.#atOnce
      .ask(sent)
      .catch(String)
      .then((answered) => (real = answered));
    // Also waits of no time end by a timer.
    while (real === undefined) await this.#clock.advance(0);
    this.#judge(request, sent, real, [this.#moment]);
  }

  async #askWhileItChanges(): Promise<void> {
    const moments: Moment[] = [this.#moment];
    const asked = Array.from({ length: 1 + this.#random.below(3) }, () => {
      const request = randomRequest(this.#random, this.#moment.server);
      const sent = spelledRequest(request, this.#random);
      const state = { request, sent, real: undefined as string | undefined, last: 0 };
      void this.#waiting
        .ask(sent)
        .catch(String)
        .then((real) => {
          state.real = real;
          state.last = moments.length;
        });
      return state;
    });
    for (let i = 2 + this.#random.below(6); i > 0; i--) {
      await nextTurn();
      const what = this.#random.below(3);
      if (what === 0) this.#change();
      else if (what === 1) this.#deliver(this.#random.percent(50) ? Infinity : 1);
      else await this.#clock.advance(this.#random.below(8_000));
      moments.push(this.#moment);
      await nextTurn();
      for (const { request, sent, real } of asked)
        if (real === undefined) this.#judgeWait(request, sent, moments);
    }
    while (asked.some(({ real }) => real === undefined)) {
      await this.#clock.advance(1_000);
      await nextTurn();
    }
    for (const { request, sent, real = '', last } of asked) {
      if (last > 1) this.#report.waited++;
      this.#judge(request, sent, real, moments.slice(0, last));
    }
  }

  /** What can be answered is answered with the event that makes it so, not when some time is over. */
  #judgeWait(request: Request, sent: unknown, moments: readonly Moment[]): void {
    const [first] = moments;
    if (first === undefined || !isKnownAtOnce(first, request)) return;
    const { watched: atFirst, server } = first;
    const model = answerOfModel({ atFirst, server, now: this.#moment.watched }, this.#policy, request);
    if (model === 'no' || model === 'later') return;
    this.#report.disagreement ??= {
      request,
      sent,
      real: 'nothing yet',
      model: [model],
      policy: this.#policy,
      moments,
    };
  }

  #judge(request: Request, sent: unknown, real: string, moments: readonly Moment[]): void {
    const [first] = moments;
    const identified = first !== undefined && isKnownAtOnce(first, request) ? [first] : moments;
    const model = new Set<Answer>();
    for (const { watched: atFirst } of identified) {
      for (const { server } of identified) {
        for (const { watched: now } of moments)
          model.add(answerOfModel({ atFirst, server, now }, this.#policy, request));
      }
    }
    this.#report.requests++;
    const kind = real.startsWith('token') ? 'token' : real;
    this.#report.answers.set(kind, (this.#report.answers.get(kind) ?? 0) + 1);
    if ((model as ReadonlySet<string>).has(real)) return;
    this.#report.disagreement ??= { request, sent, real, model: [...model], policy: this.#policy, moments };
  }
}
