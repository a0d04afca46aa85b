/**
 * Pods that ask for tokens all the time, and the judgement of what they get.
 *
 * @module
 */
import type { Answer, Cluster, Policy, Request } from '../authorization-model/model.js';
import type { SeededRandom } from '../seeded-random.js';
import type { ClusterHistory } from './cluster-history.js';
import { allowedAnswers, isRight, upstreamReasons, type RealAnswer } from './judge.js';
import type { NmiChild } from '../nmi-child.js';
import { askAsPod, type PodAnswer } from './pod-client.js';
import type { Principal } from './restless-cluster.js';
import type { UpstreamFaults } from './upstream-faults.js';

/** What the pods got. */
export interface LoadReport {
  /** Answers that were judged. */
  judged: number;
  /** Of these, those to which one answer alone was right. */
  decided: number;
  hungUp: number;
  /** Answers about which too much changed at once to say what is right. */
  unjudged: number;
  /** By what was answered. */
  readonly answers: Map<string, number>;
  /** Each wrong answer in one line. */
  readonly wrong: string[];
}

/** What {@link PodLoad} works with. */
export interface PodLoadOptions {
  readonly nmi: Pick<NmiChild, 'port'>;
  readonly history: ClusterHistory;
  readonly faults: UpstreamFaults;
  readonly principals: readonly Principal[];
  readonly random: SeededRandom;
  readonly requestsPerSecond: number;
  /** Told of each wrong answer. */
  readonly say: (line: string) => void;
}

const policy: Policy = { managed: false, forceNamespaced: false, exceptionMatch: 'all' };
/** How far a watch may be behind on a busy machine. */
export const knowledgeLagMs = 8_000;
const resources = ['https://vault.azure.net', 'https://storage.azure.com/', 'https://management.azure.com/'];
/** NMI waits for at most 16 of a pod at once. */
const mostOfAnAddress = 8;
const mostWrong = 50;

/** Asks and judges. */
export class PodLoad {
  readonly #options: PodLoadOptions;
  readonly #underWay = new Map<string, number>();
  readonly #asking = new Set<Promise<void>>();
  /** Until when a token is valid that NMI holds, by whose it is and what for; in milliseconds of the epoch. */
  readonly #held = new Map<string, number>();
  #asked = 0;
  #stoodStillAt = -Infinity;
  /** So far. */
  readonly report: LoadReport = {
    judged: 0,
    decided: 0,
    hungUp: 0,
    unjudged: 0,
    answers: new Map(),
    wrong: [],
  };

  constructor(options: PodLoadOptions) {
    this.#options = options;
  }

  /** Sends what is due by then. */
  step(seconds: number): void {
    const due = seconds * this.#options.requestsPerSecond;
    // After a stop of this process itself there is no burst.
    this.#asked = Math.max(this.#asked, due - this.#options.requestsPerSecond);
    for (; this.#asked < due; this.#asked++) {
      const asking = this.#ask().catch((error: unknown) => this.#note(`no answer: ${String(error)}`));
      this.#asking.add(asking);
      void asking.finally(() => this.#asking.delete(asking));
    }
  }

  /** This process or NMI was not run for a while: what they knew of each other then was older than usual. */
  stoodStill(): void {
    this.#stoodStillAt = performance.now();
  }

  /** Waits for the answers that are due. */
  async finish(): Promise<void> {
    await Promise.all(this.#asking);
  }

  async #ask(): Promise<void> {
    const { random, history, nmi } = this.#options;
    const addresses = history.now.pods.flatMap((pod) => pod.addresses);
    const from = random.percent(97) && addresses.length > 0 ? random.pick(addresses) : '127.1.200.1';
    const underWay = this.#underWay.get(from) ?? 0;
    if (underWay >= mostOfAnAddress) return;
    this.#underWay.set(from, underWay + 1);
    const hangsUp = random.percent(5) ? { hangUpAfterMs: random.below(3_000) } : {};
    const resource = random.pick(resources);
    const request = this.#request(from);
    const beganAt = performance.now();
    try {
      const target = targetOf(request, resource);
      const answer = await askAsPod({
        port: nmi.port,
        from,
        target,
        keptAlive: random.percent(50),
        ...hangsUp,
      });
      if (answer === undefined) this.report.hungUp++;
      else this.#judge(request, resource, answer, beganAt);
    } finally {
      this.#underWay.set(from, (this.#underWay.get(from) ?? 1) - 1);
    }
  }

  #request(from: string): Request {
    const { random, principals } = this.#options;
    const { clientId, resourceId } = random.pick(principals);
    if (random.percent(25)) return { from, client: clientId };
    return random.percent(15) && resourceId !== undefined ? { from, resource: resourceId } : { from };
  }

  #judge(request: Request, resource: string, answer: PodAnswer, beganAt: number): void {
    const { history, faults } = this.#options;
    const oldest = beganAt - knowledgeLagMs - faults.extraLagMs(beganAt);
    const clusters = history.since(oldest);
    const allowed = this.#stoodStillAt > oldest ? undefined : allowedAnswers(clusters, policy, request);
    if (allowed === undefined) {
      this.report.unjudged++;
      return;
    }
    const real = understood(answer, resource);
    this.report.judged++;
    if (allowed.size === 1) this.report.decided++;
    const kind = 'reason' in real ? `${real.status} ${real.reason}` : real.kind;
    this.report.answers.set(kind, (this.report.answers.get(kind) ?? 0) + 1);
    const problem = isRight(real, allowed)
      ? this.#heldTokenProblem(real, allowed, answer, resource, beganAt)
      : 'the model does not give it';
    if (problem !== undefined) this.#note(describe(problem, request, answer, allowed, clusters));
  }

  /** A token that NMI holds and that is valid is served whatever IMDS and Entra say. */
  #heldTokenProblem(
    real: RealAnswer,
    allowed: ReadonlySet<Answer>,
    answer: PodAnswer,
    resource: string,
    beganAt: number,
  ): string | undefined {
    const [only = 'no'] = allowed;
    const key = `${only} for ${resource}`;
    if (real.kind === 'token') {
      const expiresOn = Number((JSON.parse(answer.body) as { expires_on: string }).expires_on) * 1_000;
      if (expiresOn < Date.now() - (performance.now() - beganAt))
        return 'the token was over when it was asked for';
      if (allowed.size === 1 && only !== 'imds') this.#held.set(key, expiresOn);
      return undefined;
    }
    if (real.kind !== 'refused' || !upstreamReasons.has(real.reason)) return undefined;
    if (!this.#options.faults.mayHaveHit(beganAt)) return 'IMDS and Entra were well';
    if (allowed.size === 1 && only !== 'imds' && Date.now() < (this.#held.get(key) ?? 0) - 1_000)
      return 'a token that is still valid was not served';
    return undefined;
  }

  #note(line: string): void {
    if (this.report.wrong.length >= mostWrong) return;
    this.report.wrong.push(line);
    this.#options.say(`WRONG: ${line}`);
  }
}

function targetOf({ client, resource }: Request, of: string): string {
  const query = new URLSearchParams({ 'api-version': '2018-02-01', resource: of });
  if (client !== undefined) query.set('client_id', client);
  if (resource !== undefined) query.set('mi_res_id', resource);
  return `/metadata/identity/oauth2/token?${query.toString()}`;
}

/** Reads an answer. A token must be, by its own claims, the one that the answer says it is. */
function understood({ status, body }: PodAnswer, resource: string): RealAnswer {
  let json: Readonly<Record<string, unknown>>;
  try {
    json = JSON.parse(body) as Readonly<Record<string, unknown>>;
  } catch {
    return { kind: 'imds' };
  }
  const { access_token: token, client_id: client, reason } = json;
  if (status === 200 && typeof token === 'string' && typeof client === 'string') {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    const { appid, aud } = JSON.parse(payload === '' ? '{}' : payload) as { appid?: unknown; aud?: unknown };
    if (appid === client && (aud === resource || aud === `${resource}/`)) return { kind: 'token', client };
    return { kind: 'refused', reason: 'invalid-token', status };
  }
  return typeof reason === 'string' ? { kind: 'refused', reason, status } : { kind: 'imds' };
}

function describe(
  problem: string,
  request: Request,
  { status, body }: PodAnswer,
  allowed: ReadonlySet<Answer>,
  clusters: readonly Cluster[],
): string {
  const text = body.replaceAll(/eyJ[\w.-]+/g, '(token)').slice(0, 400);
  const pods = clusters
    .at(-1)
    ?.pods.filter(({ addresses }) => addresses.includes(request.from))
    .map(
      (pod) => `${pod.namespace}/${pod.name} ${JSON.stringify(pod.labels)}${pod.deleting ? ' deleting' : ''}`,
    );
  return `${problem}: ${JSON.stringify(request)} got ${status} ${text}; right: ${[...allowed].join(' | ')}; ${clusters.length} states; pods there: ${pods?.join(', ')}`;
}
