/**
 * Whether a pod gets a token now: decided by the matcher on what the watches say, with the bounded waits of section 7
 * of the contract for what may be on its way.
 *
 * @module
 */
import { objectKey, type AbortSignalLike, type Clock, type Pod } from '@aad-pod-identity/core';
import {
  describeReason,
  type Grant,
  type IdentityRequest,
  type TokenDecision,
} from '@aad-pod-identity/matcher';
import type { Awaitable } from '../awaitable.js';
import { podTopic, type ClusterView } from '../cluster/cluster-view.js';
import { refuse, type Refusal, type RefusalReason } from '../request/refusal.js';
import type { Waiters } from './waiters.js';

/** Bounds of the waits. */
export interface WaitBounds {
  /** `--binding-grace`, in milliseconds. */
  readonly bindingGraceMs: number;
  /** Longest wait for an AzureAssignedIdentity to be created, in milliseconds. */
  readonly createdMs: number;
  /** How much longer it may take to become `Assigned` once it was seen `Created`, in milliseconds. */
  readonly assignedMs: number;
  /**
   * `--longest-wait`: how long one request is held at most, in milliseconds, whatever the other bounds allow. A client
   * that gives up meanwhile learns nothing; one that is told to come back does.
   */
  readonly longestMs: number;
  /** `--set-retry-after-header`: do not wait for `Assigned`, answer 503 at once. */
  readonly answerAtOnce: boolean;
}

/** What {@link authorize} works with. */
export interface AuthorizationContext {
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly waiters: Waiters;
  readonly bounds: WaitBounds;
}

/** The outcome for one request. `gone`: the caller hung up meanwhile. */
export type Authorization =
  | { readonly kind: 'granted'; readonly grant: Grant }
  | { readonly kind: 'excepted' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'gone' };

/** Who asks, looked at anew after each wait: what a request waits for may also be taken away meanwhile. */
export type CurrentPod = () => Pod | Refusal;

/**
 * Decides a request: at once where what is known decides it, else waiting as the contract says.
 *
 * @param signal - aborts when the caller hangs up; nothing of the wait remains then
 */
export function authorize(
  currentPod: CurrentPod,
  request: IdentityRequest,
  context: AuthorizationContext,
  signal: AbortSignalLike,
): Awaitable<Authorization> {
  const now = decideNow(currentPod, request, context.view);
  if (now.kind !== 'open') return now;
  // What no wait changes is refused without one: a refusal is to be as cheap as a token.
  const allowed = allowedMs(now.decision, context.bounds, false);
  if (allowed <= 0) return refusedFinally(now, allowed, context.bounds);
  return authorizeInTime(now, currentPod, request, context, signal);
}

/** What is known decides the request, or it may wait for more. */
type Decided =
  | Exclude<Authorization, { kind: 'gone' }>
  | { readonly kind: 'open'; readonly pod: Pod; readonly decision: Undecided };

function decideNow(currentPod: CurrentPod, request: IdentityRequest, view: ClusterView): Decided {
  const pod = currentPod();
  if ('reason' in pod) return { kind: 'refused', refusal: pod };
  const decision = view.decide(pod, request);
  switch (decision.outcome) {
    case 'granted':
      return { kind: 'granted', grant: decision.grant };
    case 'excepted':
      return { kind: 'excepted' };
    case 'denied':
    case 'waits':
      return { kind: 'open', pod, decision };
  }
}

async function authorizeInTime(
  first: Extract<Decided, { kind: 'open' }>,
  currentPod: CurrentPod,
  request: IdentityRequest,
  context: AuthorizationContext,
  signal: AbortSignalLike,
): Promise<Authorization> {
  const { view, clock, bounds } = context;
  const startedAt = clock.monotonic();
  let createdSeen = false;
  let leave: (() => void) | undefined;
  try {
    for (let now: Decided = first; ; now = decideNow(currentPod, request, view)) {
      if (now.kind !== 'open') return now;
      const { pod, decision } = now;
      createdSeen ||= decision.outcome === 'waits' && decision.status === 'Created';
      const allowed = allowedMs(decision, bounds, createdSeen);
      const left = startedAt + Math.min(allowed, bounds.longestMs) - clock.monotonic();
      if (left <= 0) return refusedFinally(now, allowed, bounds);
      leave ??= context.waiters.enter(objectKey(pod));
      if (leave === undefined) return { kind: 'refused', refusal: tooManyWaiters(pod) };
      const outcome = await view.signals.next(podTopic(pod), clock, left, signal);
      if (outcome === 'gone') return { kind: 'gone' };
    }
  } finally {
    leave?.();
  }
}

type Undecided = Extract<TokenDecision, { outcome: 'denied' | 'waits' }>;

function allowedMs(decision: Undecided, bounds: WaitBounds, createdSeen: boolean): number {
  if (decision.outcome === 'denied') return decision.graceApplies ? bounds.bindingGraceMs : 0;
  if (bounds.answerAtOnce) return 0;
  return bounds.createdMs + (createdSeen ? bounds.assignedMs : 0);
}

/** The refusals of denials; a view gives the same decision until something changes. */
const lastRefusals = new WeakMap<Undecided, Authorization>();

/** @param allowed - how long the decision may be waited for, in milliseconds */
function refusedFinally(
  { decision, pod }: Extract<Decided, { kind: 'open' }>,
  allowed: number,
  { longestMs }: WaitBounds,
): Authorization {
  const last = lastRefusals.get(decision);
  if (last !== undefined) return last;
  // Where a longer wait was allowed, it goes on with the next request.
  const retryAfter = allowed > longestMs ? '1' : '20';
  const refused: Authorization = { kind: 'refused', refusal: finalRefusal(decision, pod, retryAfter) };
  if (decision.outcome === 'denied') lastRefusals.set(decision, refused);
  return refused;
}

function finalRefusal(decision: Undecided, pod: Pod, retryAfter: string): Refusal {
  if (decision.outcome === 'denied') {
    return refuse(denialReason(decision.reason.code), sentence(describeReason(decision.reason)));
  }
  const { identity, binding } = decision.grant;
  const state = {
    missing: 'MIC has not created the AzureAssignedIdentity yet',
    outdated: 'the AzureAssignedIdentity is of an earlier version of the identity or binding',
    Created: 'the AzureAssignedIdentity is Created: the identity is being attached to the VM',
    Assigned: 'the AzureAssignedIdentity is not usable',
    Unassigned: 'the AzureAssignedIdentity is Unassigned: the identity is being detached from the VM',
  }[decision.status];
  return refuse(
    'not-assigned',
    `AzureIdentity ${objectKey(identity)} is granted to pod ${objectKey(pod)} by AzureIdentityBinding ${objectKey(binding)}, but it is not assigned to its node yet: ${state}. Look at the log and the events of MIC.`,
    { 'Retry-After': retryAfter },
  );
}

function denialReason(code: Extract<Undecided, { outcome: 'denied' }>['reason']['code']): RefusalReason {
  return code === 'granted' || code === 'granted-already' ? 'internal-error' : code;
}

function tooManyWaiters(pod: Pod): Refusal {
  return refuse(
    'too-many-waiters',
    `Too many requests wait already, of pod ${objectKey(pod)} or of the whole node.`,
    {
      'Retry-After': '5',
    },
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
