/**
 * Which answers are right for a request, where it is only known between which moments NMI learned what it knows.
 *
 * @module
 */
import {
  answer as answerOfModel,
  type Answer,
  type Cluster,
  type Policy,
  type Request,
} from '../authorization-model/model.js';

/** What a pod got: a token of a client ID, a refusal, or an answer of IMDS itself. */
export type RealAnswer =
  | { readonly kind: 'token'; readonly client: string }
  | { readonly kind: 'refused'; readonly reason: string; readonly status: number }
  | { readonly kind: 'imds' };

/** Refusals that say that IMDS or Entra, or the Secret for it, did not give what was asked for. */
export const upstreamReasons: ReadonlySet<string> = new Set([
  ...['upstream-failed', 'upstream-timeout', 'upstream-busy', 'secret-unusable'],
]);
const waitReasons: ReadonlySet<string> = new Set(['not-assigned', 'address-in-doubt']);
/** NMI is never so busy, or not ready, in what is judged. */
const neverReasons: ReadonlySet<string> = new Set([
  ...['internal-error', 'not-synced', 'shutting-down', 'too-many-requests', 'too-many-waiters'],
  ...['malformed-request', 'identity-mismatch', 'invalid-token', ''],
]);

/** More combinations than these are not gone through. */
const mostCombinations = 2_000;

/**
 * Every answer that the model gives for some combination of what each watch may have brought by then; `undefined`
 * where these are too many.
 *
 * @param clusters - all that the cluster was, from the oldest that NMI may still have believed in
 */
export function allowedAnswers(
  clusters: readonly Cluster[],
  policy: Policy,
  request: Request,
): ReadonlySet<Answer> | undefined {
  const allowed = new Set<Answer>();
  const pods = versions(clusters, 'pods', (all) => relevantPods(all, request));
  const asking = pods.flat().filter(({ addresses }) => addresses.includes(request.from));
  const labels = new Set(asking.map((pod) => pod.labels['aadpodidbinding'] ?? ''));
  const bindings = versions(clusters, 'bindings', (all) =>
    all.filter(({ selector }) => labels.has(selector)),
  );
  const named = new Set(bindings.flat().map(({ namespace, identity }) => `${namespace}/${identity}`));
  const identities = versions(clusters, 'identities', (all) =>
    all.filter(({ namespace, name }) => named.has(`${namespace}/${name}`)),
  );
  const assigned = versions(clusters, 'assigned', (all) =>
    all.filter((one) =>
      asking.some((pod) => one.pod.name === pod.name && one.pod.namespace === pod.namespace),
    ),
  );
  const exceptions = versions(clusters, 'exceptions', (all) =>
    all.filter((one) => asking.some((pod) => one.namespace === pod.namespace)),
  );
  const combinations = [pods, pods, pods, bindings, identities, assigned, exceptions];
  if (combinations.reduce((count, { length }) => count * length, 1) > mostCombinations) return undefined;
  for (const [of, withBindings, withIdentities, withAssigned, withExceptions] of product(
    ...([pods, bindings, identities, assigned, exceptions] as const),
  )) {
    const now: Cluster = {
      ...{ pods: of, bindings: withBindings, identities: withIdentities },
      ...{ assigned: withAssigned, exceptions: withExceptions },
    };
    for (const before of pods) {
      for (const asked of pods) {
        const knowledge = { atFirst: { ...now, pods: before }, server: { ...now, pods: asked }, now };
        allowed.add(answerOfModel(knowledge, policy, request));
      }
    }
  }
  return allowed;
}

/** Whether an answer is one of those, or says that a token that was due could not be had. */
export function isRight(real: RealAnswer, allowed: ReadonlySet<Answer>): boolean {
  const answers = [...allowed];
  const isToken = (answer: Answer): boolean => answer.startsWith('token of ');
  switch (real.kind) {
    case 'token':
      return answers.some(
        (answer) => answer === 'imds' || (isToken(answer) && answer.endsWith(` ${real.client}`)),
      );
    case 'imds':
      return allowed.has('imds');
    case 'refused':
      if (neverReasons.has(real.reason)) return false;
      if (upstreamReasons.has(real.reason))
        return answers.some((answer) => answer === 'imds' || isToken(answer));
      return allowed.has(waitReasons.has(real.reason) ? 'later' : 'no');
  }
}

/**
 * Pods that have the address, and those that may have it without its being known yet: of these it matters only whether
 * there is one.
 */
function relevantPods(pods: Cluster['pods'], { from }: Request): Cluster['pods'] {
  const there = pods.filter(({ addresses }) => addresses.includes(from));
  const candidate = pods.find(
    (pod) => pod.onNode && !pod.finished && !pod.hostNetwork && pod.addresses.length === 0,
  );
  const placeholder = { namespace: '', name: '', uid: 'some other', deleting: false, labels: {} };
  return candidate === undefined ? there : [...there, { ...candidate, ...placeholder }];
}

/** What is relevant of one kind, in all different states. */
function versions<K extends keyof Cluster>(
  clusters: readonly Cluster[],
  kind: K,
  relevant: (all: Cluster[K]) => Cluster[K],
): readonly Cluster[K][] {
  const different = new Map<string, Cluster[K]>();
  for (const all of new Set(clusters.map((cluster) => cluster[kind]))) {
    const version = relevant(all);
    different.set(JSON.stringify(version), version);
  }
  return [...different.values()];
}

function* product<A, B, C, D, E>(
  as: readonly A[],
  bs: readonly B[],
  cs: readonly C[],
  ds: readonly D[],
  es: readonly E[],
): Generator<readonly [A, B, C, D, E]> {
  for (const a of as)
    for (const b of bs) for (const c of cs) for (const d of ds) for (const e of es) yield [a, b, c, d, e];
}
