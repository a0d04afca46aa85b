/**
 * Which identities an ARM error blames. ARM rejects a whole PATCH where one identity in it is deleted or may not be
 * assigned; the others need not wait for it (docs/spec.md section 5, poison identities).
 *
 * @module
 */

/** A failed ARM request or long-running operation. */
export interface ArmFailure {
  /** HTTP status; absent where a long-running operation failed, whose error comes with status 200. */
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
}

/** Whom to blame. */
export interface IdentityBlame {
  /** The failure is of the kind that one bad identity causes. */
  readonly poison: boolean;
  /**
   * The identities to take out of the request, as the request spells them; the rest can be sent at once. Empty where
   * `poison`: the message names none of them, and halving the request finds the bad one.
   */
  readonly identities: readonly string[];
}

const poisonCodes: ReadonlySet<string> = new Set(['failedidentityoperation', 'linkedauthorizationfailed']);
const throttled = 429;

/** IDs as they stand in messages: one after the other in quotes and lists. Resource groups may have dots and brackets. */
const identityIds =
  /\/subscriptions\/[^/'",\s\\]+\/resourcegroups\/[^/'",\s\\]+\/providers\/microsoft\.managedidentity\/userassignedidentities\/[\w-]+/gi;

/**
 * Finds the identities among `attach` that `failure` names.
 *
 * @param attach - resource IDs of the identities that the failed request wanted to attach
 */
export function blameIdentities(failure: ArmFailure, attach: readonly string[]): IdentityBlame {
  if (failure.status === throttled || !poisonCodes.has(failure.code?.toLowerCase() ?? '')) {
    return { poison: false, identities: [] };
  }
  const named = new Set(Array.from(failure.message?.matchAll(identityIds) ?? [], ([id]) => id.toLowerCase()));
  return { poison: true, identities: attach.filter((id) => named.has(id.toLowerCase())) };
}
