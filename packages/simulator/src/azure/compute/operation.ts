/**
 * Long-running operations of the compute provider.
 *
 * @module
 */
import type { ComputeResource } from './compute-resource.js';
import type { IdentityBlock } from './identity-block.js';

/** An update under way, or done. */
export interface Operation {
  readonly id: string;
  readonly resource: ComputeResource;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
  /** On the monotonic clock. */
  due: number;
  /** What the resource had before. */
  readonly before: IdentityBlock;
  /** What makes it fail in the end, where something does. */
  failure?: OperationFailure;
  status: 'InProgress' | 'Succeeded' | 'Failed';
  endedAt?: number;
}

/** Why an operation fails. */
export interface OperationFailure {
  readonly code: string;
  readonly message: string;
}

/** The status document that the `Azure-AsyncOperation` URL answers with. */
export function showOperation(operation: Operation): Record<string, unknown> {
  const { id, status, startedAt, endedAt, failure } = operation;
  return {
    startTime: timestamp(startedAt),
    ...(endedAt !== undefined && { endTime: timestamp(endedAt) }),
    status,
    ...(status === 'Failed' && failure && { error: { code: failure.code, message: failure.message } }),
    name: id,
  };
}

function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '+00:00');
}
