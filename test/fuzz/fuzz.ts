/**
 * Attacks by the thousand on one listener in front of a generous IMDS, and what must hold of each: a pod without a
 * grant causes no token request, one with a grant only for its own identities, and no pod gets a token of another.
 *
 * @module
 */
import { attackOf, carryOut, isGranted, type Attack } from './attack.js';
import { readsAsToken } from './generous-reading.js';
import { tokenMark, type GenerousImds } from './generous-imds.js';

/** Options of {@link fuzz}. */
export interface FuzzOptions {
  readonly seed: number;
  /** How many targets at least. */
  readonly targets: number;
  readonly port: number;
  readonly imds: GenerousImds;
  /** Carry out this attack alone. */
  readonly attack?: number;
  /** Told now and then how many targets were sent. */
  readonly onProgress?: (targets: number) => void;
  /** What else must hold after each round; a sentence where it does not. */
  readonly alsoCheck?: () => string | undefined;
}

/** What was done, and the first attack that came through. */
export interface FuzzReport {
  targets: number;
  connections: number;
  /** Of the targets, those that a generous server would answer with a token. */
  disguised: number;
  /** Answers by status. */
  readonly statuses: Map<string, number>;
  /** Requests of any kind that reached IMDS. */
  arrived: number;
  /** Token requests for identities that were granted to the pods that attacked. */
  granted: number;
  failure: { readonly what: string; readonly attack: Attack } | undefined;
}

const atOnce = 24;

/** Runs until enough targets were sent or something came through. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const report: FuzzReport = {
    targets: 0,
    connections: 0,
    disguised: 0,
    statuses: new Map(),
    arrived: 0,
    granted: 0,
    failure: undefined,
  };
  if (options.attack !== undefined) {
    await round([attackOf(options.seed, options.attack)], options, report);
    return report;
  }
  // Pods with a grant attack last, so that any token request before is one too many.
  const share = { false: options.targets * 0.75, true: options.targets };
  for (const granted of [false, true]) {
    let number = 0;
    while (report.targets < share[`${granted}`] && report.failure === undefined) {
      const attacks: Attack[] = [];
      for (; attacks.length < atOnce; number++) {
        if (isGranted(number) === granted) attacks.push(attackOf(options.seed, number));
      }
      await round(attacks, options, report);
      if (report.failure !== undefined) await findTheOne(attacks, options, report);
      options.onProgress?.(report.targets);
    }
  }
  return report;
}

/** Of attacks that went on together, finds the one that comes through by itself. */
async function findTheOne(
  attacks: readonly Attack[],
  options: FuzzOptions,
  report: FuzzReport,
): Promise<void> {
  for (const attack of attacks) {
    const alone: FuzzReport = { ...report, failure: undefined };
    await round([attack], options, alone);
    if (alone.failure !== undefined) {
      report.failure = alone.failure;
      return;
    }
  }
}

async function round(attacks: readonly Attack[], options: FuzzOptions, report: FuzzReport): Promise<void> {
  const { imds, port } = options;
  imds.arrived = 0;
  imds.tokenRequests.length = 0;
  imds.ambiguous.length = 0;
  const outcomes = await Promise.all(
    attacks.map(async (attack) => ({ attack, answers: await carryOut(attack, port) })),
  );
  for (const { attack, answers } of outcomes) {
    report.targets += attack.requests.length;
    report.connections += answers.connections;
    // Reading generously costs more than everything else: a sample tells enough.
    if (attack.number % 16 < 2) {
      report.disguised += 8 * attack.requests.filter(({ target }) => readsAsToken(target)).length;
    }
    for (const [, status = ''] of answers.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
      report.statuses.set(status, (report.statuses.get(status) ?? 0) + 1);
    }
    const foreign = foreignToken(answers.text, attack);
    if (foreign !== undefined) report.failure ??= { what: `a pod got ${foreign}`, attack };
  }
  report.arrived += imds.arrived;
  report.granted += imds.tokenRequests.length;
  const what = unwantedRequest(attacks, imds) ?? options.alsoCheck?.();
  const [first] = attacks;
  if (what !== undefined && first !== undefined) report.failure ??= { what, attack: first };
}

/** A token in what a pod got that is not for exactly one of its own identities. */
function foreignToken(text: string, { from }: Attack): string | undefined {
  for (let at = text.indexOf(tokenMark); at !== -1; at = text.indexOf(tokenMark, at + 1)) {
    const token = text.slice(at, text.indexOf(']', at) + 1);
    if (!from.clientIds.some((id) => token === `${tokenMark}client_id=${id}]`)) return token;
  }
  return undefined;
}

function unwantedRequest(attacks: readonly Attack[], imds: GenerousImds): string | undefined {
  const allowed = new Set(attacks.flatMap(({ from }) => from.clientIds).map((id) => `client_id=${id}`));
  for (const { head, identities } of imds.tokenRequests) {
    const [only, ...more] = identities;
    if (only === undefined || more.length > 0 || !allowed.has(only)) {
      return `IMDS was asked for a token: ${JSON.stringify(head)}`;
    }
  }
  const [ambiguous] = imds.ambiguous;
  if (ambiguous !== undefined)
    return `IMDS was sent what can be read in two ways: ${JSON.stringify(ambiguous)}`;
  return undefined;
}
