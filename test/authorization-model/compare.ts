import { runWorld, type Disagreement } from './world.js';

/** Many worlds, up to the first disagreement. */
export interface Comparison {
  readonly seed: number;
  readonly worlds: number;
  readonly requests: number;
  readonly waited: number;
  readonly answers: ReadonlyMap<string, number>;
  readonly disagreement: (Disagreement & { readonly world: number }) | undefined;
}

/** Runs worlds of a seed until so many requests were answered, or the one that is named. */
export async function compare(
  seed: number,
  options: { readonly requests: number; readonly world?: number },
): Promise<Comparison> {
  let requests = 0;
  let waited = 0;
  const answers = new Map<string, number>();
  for (let world = options.world ?? 0; ; world++) {
    const report = await runWorld(seed, world);
    requests += report.requests;
    waited += report.waited;
    for (const [kind, count] of report.answers) answers.set(kind, (answers.get(kind) ?? 0) + count);
    const { disagreement } = report;
    const isLast = options.world !== undefined || disagreement !== undefined || requests >= options.requests;
    if (!isLast) continue;
    return {
      seed,
      worlds: world + 1,
      requests,
      waited,
      answers,
      disagreement: disagreement === undefined ? undefined : { ...disagreement, world },
    };
  }
}

/** A comparison for people: what agreed, or what did not and how to see it again. */
export function describeComparison(comparison: Comparison, seconds: number): string {
  const { seed, worlds, requests, waited, answers, disagreement } = comparison;
  const kinds = [...answers].map(([kind, count]) => `${kind} × ${count}`).join(', ');
  const done = `seed ${seed}: ${requests} requests in ${worlds} worlds in ${seconds.toFixed(1)} s, ${waited} of them waited while something changed`;
  if (disagreement === undefined) return `${done}\nanswers: ${kinds}`;
  const { world, real, model, request, sent, policy, moments } = disagreement;
  return [
    `FAILED: NMI answered "${real}", the model ${model.map((answer) => `"${answer}"`).join(' or ')}`,
    `again: npm run authorization-model -- --seed ${seed} --world ${world}`,
    `request ${JSON.stringify(request)}, sent as ${JSON.stringify(sent)}, policy ${JSON.stringify(policy)}`,
    ...describeMoments(moments),
  ].join('\n');
}

/** All objects at first, then what changed. */
function* describeMoments(moments: Disagreement['moments']): Generator<string> {
  let before = new Map<string, string>();
  for (const moment of moments) {
    const now = new Map<string, string>();
    for (const [place, cluster] of Object.entries(moment)) {
      for (const [kind, objects] of Object.entries(cluster)) {
        for (const object of objects as readonly { readonly namespace: string; readonly name: string }[])
          now.set(`${place} ${kind} ${object.namespace}/${object.name}`, JSON.stringify(object));
      }
    }
    yield before.size === 0 ? 'at first' : 'then';
    for (const [key, text] of now) if (before.get(key) !== text) yield `  ${key}: ${text}`;
    for (const key of before.keys()) if (!now.has(key)) yield `  ${key}: gone`;
    before = now;
  }
}
