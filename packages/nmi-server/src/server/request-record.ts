/**
 * What is known of one request in the end: for the log line and the metrics. Holds no token and no secret.
 *
 * @module
 */
import type { ObjectKey } from '@aad-pod-identity/core';

/** How a request ended. `gone`: the caller hung up before there was an answer. */
export type RequestOutcome = 'token' | 'forwarded' | 'refused' | 'gone';

/** One request. Filled while it is answered. */
export interface RequestRecord {
  readonly correlationId: string;
  /** What was asked for, as a path of a closed set: a label of the metrics, as in the original. */
  operation: string;
  /** The canonical remote address; empty where the connection had none. */
  readonly address: string;
  outcome: RequestOutcome;
  /** HTTP status; 0 where nothing was answered. */
  status: number;
  pod: ObjectKey | undefined;
  identity: ObjectKey | undefined;
  /** The redacted client ID of the identity. */
  clientId: string | undefined;
  /** The resource that was asked for, where a token was given. */
  resource: string | undefined;
  /** Why it was refused. */
  reason: string | undefined;
  /** The same for people. */
  description: string | undefined;
}

/** The record of a request that was not looked at yet. */
export function newRecord(correlationId: string, address: string): RequestRecord {
  return {
    correlationId,
    operation: 'other',
    address,
    outcome: 'refused',
    status: 0,
    pod: undefined,
    identity: undefined,
    clientId: undefined,
    resource: undefined,
    reason: undefined,
    description: undefined,
  };
}
