/**
 * Writing `status.conditions` of AzureIdentities and AzureIdentityBindings, through the `status` subresource.
 *
 * @module
 */
import { encodeConditions, type ReadyCondition, type StandingConditions } from '@aad-pod-identity/core';
import {
  ResourceClient,
  isKubernetesError,
  resourceName,
  type Connection,
  type RequestOptions,
  type Resource,
} from '@aad-pod-identity/kubernetes';
import { bindings, identities } from './watched-resources.js';

/** The kinds that have a status subresource to write conditions through. */
export type JudgedKind = 'AzureIdentity' | 'AzureIdentityBinding';

/** An object to write to, as it was when it was judged. */
export interface JudgedObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number | undefined;
  readonly conditions: StandingConditions;
}

/** What came of a write. */
export type StatusWritten =
  | { readonly kind: 'written' }
  /** There is no such object any more. */
  | { readonly kind: 'gone' }
  /** The API server refuses this object as it is. `why` is one line. */
  | { readonly kind: 'refused'; readonly why: string }
  /** The CRD of this kind does not keep conditions. `why` is one line. */
  | { readonly kind: 'unsupported'; readonly why: string }
  /** MIC lacks the right to write those of this kind. `why` is one line. */
  | { readonly kind: 'forbidden'; readonly why: string };

/** Where conditions are written. */
export interface StatusWriter {
  /**
   * Writes the condition `Ready` of an object; those of others stay.
   *
   * @throws KubernetesError `conflict` where the object has changed meanwhile; others where it is to be tried again
   */
  write(
    kind: JudgedKind,
    object: JudgedObject,
    ready: ReadyCondition,
    signal: AbortSignal,
  ): Promise<StatusWritten>;
}

/** @param connection - a `fencedConnection`, so that nothing is written once the lease is lost */
export function kubernetesStatus(connection: Connection): StatusWriter {
  const resources: Readonly<Record<JudgedKind, Resource<JudgedObject>>> = {
    AzureIdentity: identities,
    AzureIdentityBinding: bindings,
  };
  return {
    async write(kind, object, ready, signal) {
      const resource = resources[kind];
      const client = new ResourceClient(connection, resource);
      const requests: RequestOptions = { timeoutMs: 30_000, signal };
      const { namespace, name, resourceVersion, conditions } = object;
      // The list is written whole, of this version of the object only: nobody else's condition is lost.
      const patch = {
        metadata: { resourceVersion },
        status: { conditions: encodeConditions(ready, conditions.others) },
      };
      try {
        const written = await client.mergePatchStatus({ namespace, name }, patch, requests);
        if (written.conditions.ready?.reason === ready.reason) return { kind: 'written' };
        return { kind: 'unsupported', why: `the CRD ${resourceName(resource)} drops status.conditions` };
      } catch (error) {
        if (isKubernetesError(error, 'forbidden')) {
          const why = `MIC may not patch ${resourceName(resource)}/status: ${error.message}`;
          return { kind: 'forbidden', why };
        }
        if (isKubernetesError(error, 'invalid')) return { kind: 'refused', why: error.message };
        if (!isKubernetesError(error, 'not-found')) throw error;
      }
      // Either the object is gone, or its kind has no status subresource.
      const found = await client.find({ namespace, name }, requests);
      if (found?.uid !== object.uid) return { kind: 'gone' };
      const why = `the CRD ${resourceName(resource)} has no status subresource`;
      return { kind: 'unsupported', why };
    },
  };
}
