import { isRecord, type JsonObject } from './json-object.js';
import { READY_REASONS, type ConditionStatus, type ReadyKind, type ReadyReason } from './ready-reasons.js';

/** `type` of the one condition that MIC writes: whether the object does what it is there for. */
export const READY = 'Ready';

/** The condition {@link READY} of an object, as it stands in `status.conditions`. */
export interface ReadyCondition {
  readonly status: ConditionStatus;
  /** One of {@link READY_REASONS}, unless somebody else wrote it. */
  readonly reason: string;
  readonly message: string;
  /** `metadata.generation` that was judged; undefined where absent. */
  readonly observedGeneration: number | undefined;
  /** RFC 3339: when `status` became what it is. Empty where absent. */
  readonly lastTransitionTime: string;
}

/** `status.conditions` of an object. */
export interface StandingConditions {
  readonly ready: ReadyCondition | undefined;
  /** Conditions that are not ours, as they stand: a write must not lose them. */
  readonly others: readonly unknown[];
}

/** What is to be said about an object now. The status follows from the reason. */
export interface Verdict<Kind extends ReadyKind = ReadyKind> {
  readonly reason: ReadyReason<Kind>;
  /** One sentence for a person: what is wrong, with which field, and what to do. */
  readonly message: string;
}

/** Of an object without conditions. Shared, because most have none. */
export const NO_CONDITIONS: StandingConditions = Object.freeze({
  ready: undefined,
  others: Object.freeze([]),
});

/** Shared by the objects that have them, because JSON gives each a string of its own. */
const KNOWN_REASONS: ReadonlyMap<string, string> = new Map(
  Object.values(READY_REASONS).flatMap((reasons) => Object.keys(reasons).map((reason) => [reason, reason])),
);

/**
 * Reads the conditions from the `status` of an object.
 *
 * @param messages - `drop` where nothing depends on them, and there are many objects
 */
export function readConditions(status: JsonObject, messages: 'keep' | 'drop' = 'keep'): StandingConditions {
  if (status.raw('conditions') === undefined) return NO_CONDITIONS;
  const list = status.list('conditions');
  const found = list.find(isReady);
  const others = list.filter((condition) => !isReady(condition));
  return {
    ready: found === undefined ? undefined : readReady(found, messages),
    others: others.length === 0 ? NO_CONDITIONS.others : others,
  };
}

function isReady(condition: unknown): condition is Record<string, unknown> {
  return isRecord(condition) && condition['type'] === READY;
}

function readReady(condition: Record<string, unknown>, messages: 'keep' | 'drop'): ReadyCondition {
  const text = (name: string): string => {
    const value = condition[name];
    return typeof value === 'string' ? value : '';
  };
  const { status, observedGeneration } = condition;
  return {
    status: status === 'True' || status === 'False' ? status : 'Unknown',
    reason: KNOWN_REASONS.get(text('reason')) ?? text('reason'),
    message: messages === 'keep' ? text('message') : '',
    observedGeneration: typeof observedGeneration === 'number' ? observedGeneration : undefined,
    lastTransitionTime: text('lastTransitionTime'),
  };
}

/** When an object is judged. */
export interface JudgedAt {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Its `metadata.generation`; undefined on kinds where that counts more than changes of the spec. */
  readonly generation: number | undefined;
}

/**
 * The condition that says the verdict. The transition time changes with the status only.
 *
 * @returns `standing` itself where it says that already
 */
export function nextReady<Kind extends ReadyKind>(
  kind: Kind,
  standing: ReadyCondition | undefined,
  { reason, message }: Verdict<Kind>,
  { now, generation }: JudgedAt,
): ReadyCondition {
  const status = statusOf(kind, reason);
  const same =
    standing?.status === status &&
    standing.reason === reason &&
    standing.message === message &&
    standing.observedGeneration === generation &&
    standing.lastTransitionTime !== '';
  if (same) return standing;
  const since = standing?.status === status ? standing.lastTransitionTime : '';
  const lastTransitionTime = since === '' ? toTime(now) : since;
  return { status, reason, message, observedGeneration: generation, lastTransitionTime };
}

/** The `status` that goes with a reason. */
function statusOf(kind: ReadyKind, reason: string): ConditionStatus {
  const reasons: Readonly<Record<string, ConditionStatus>> = READY_REASONS[kind];
  return reasons[reason] ?? 'Unknown';
}

/** Kubernetes writes times to the second. */
function toTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A condition on the wire. */
export type ConditionJson = Readonly<Record<string, unknown>>;

/** `status.conditions` with `ready` in the place of what stood for it, and all others as they were. */
export function encodeConditions(ready: ReadyCondition, others: readonly unknown[]): readonly unknown[] {
  const { status, reason, message, observedGeneration, lastTransitionTime } = ready;
  const condition: ConditionJson = {
    type: READY,
    status,
    reason,
    message,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    lastTransitionTime,
  };
  return [...others, condition];
}
