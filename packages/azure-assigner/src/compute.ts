/**
 * What MIC asks of Azure's compute resources, as an interface: the real one is made by `azureCompute`, and tests and
 * simulations implement it in their own process.
 *
 * @module
 */
import type { ComputeResource } from '@aad-pod-identity/core';
import type { IdentityPatch, ResourceIdentities } from '@aad-pod-identity/matcher';

/** Why a request to a compute resource did not succeed, as far as a caller can act on it. `message` is one safe line. */
export type ComputeFailure =
  /** Asked too often: not again before `retryAfterMs` have passed, where Azure said so. */
  | {
      readonly kind: 'throttled';
      readonly retryAfterMs: number | undefined;
      readonly message: string;
      /** Whom it concerns: all resources of the subscription. Absent: this resource. */
      readonly scope?: 'subscription';
      /** Azure was not asked at all: it had said before that it is not to be. */
      readonly unasked?: true;
    }
  /**
   * The request holds an identity that is deleted or may not be assigned; the rest of it would have been accepted.
   * `identities` are those that Azure names (resource IDs as the request spells them); empty: it names none.
   */
  | { readonly kind: 'poison'; readonly identities: readonly string[]; readonly message: string }
  /** There is no such VM or scale set. */
  | { readonly kind: 'not-found'; readonly message: string }
  /** The resource is being deleted. */
  | { readonly kind: 'deleting'; readonly message: string }
  /** Another operation on the resource is under way, or the resource is no longer the version that was read. */
  | { readonly kind: 'conflict'; readonly message: string; /** It is the version. */ readonly version?: true }
  /** MIC cannot sign in, or lacks a role on the resource. */
  | { readonly kind: 'forbidden'; readonly message: string }
  /** Network, timeout, or a fault of Azure's. The request may have taken effect. */
  | { readonly kind: 'transient'; readonly retryAfterMs: number | undefined; readonly message: string }
  /** The caller's signal ended it. The request may have taken effect. */
  | { readonly kind: 'aborted'; readonly message: string }
  /** Azure refuses the request as it is. */
  | { readonly kind: 'rejected'; readonly message: string };

/** The identities that the resource has (after a PATCH: has now), or why that is not known. */
export type ComputeOutcome =
  | { readonly ok: true; readonly identities: ResourceIdentities }
  | { readonly ok: false; readonly failure: ComputeFailure };

/** Azure's compute resources. No method rejects. */
export interface Compute {
  /** Reads the identities of a resource. */
  get(resource: ComputeResource, signal: AbortSignal): Promise<ComputeOutcome>;
  /**
   * Sends one PATCH of the identity block and follows the long-running operation to its end.
   *
   * @param attach - resource IDs of the identities that the patch adds, to tell which of them a failure blames
   * @param etag - the version that the patch is meant for; where the resource is another one by now, the outcome is a
   * `conflict`
   */
  patch(
    resource: ComputeResource,
    patch: IdentityPatch,
    attach: readonly string[],
    signal: AbortSignal,
    etag?: string,
  ): Promise<ComputeOutcome>;
  /**
   * Waits until a PATCH of the resource may be sent, so that what it holds can be decided right before. The turn is
   * kept until the next `patch`. Absent: at any time.
   *
   * @returns why there is no turn; undefined when there is
   */
  readonly turn?: (resource: ComputeResource, signal: AbortSignal) => Promise<ComputeFailure | undefined>;
}
