/**
 * Kubernetes Events, as `kubectl describe` shows them: recorded without waiting, never throwing, never flooding.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Connection } from './connection.js';
import type { KubernetesError } from './kubernetes-error.js';

/** The object that an event is about. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent for cluster-scoped objects; their events are in `default`. */
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
}

/** Options of an {@link EventRecorder}. */
export interface EventRecorderOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: () => number;
  /** Who reports, such as `aad-pod-identity-mic`. */
  readonly component: string;
  /** Which instance reports: the node or the pod. */
  readonly host?: string;
  /** Called for each event that could not be sent, or was not because of a limit. */
  readonly onDropped?: (dropped: {
    readonly reason: 'rate-limit' | 'queue-full' | 'failed';
    readonly error?: KubernetesError;
  }) => void;
}

/** Records events in the background. */
export class EventRecorder {
  constructor(options: EventRecorderOptions) {
    void options;
  }

  /** Records one event. Repeats of the same are counted on the first. Returns at once and never throws. */
  record(object: ObjectReference, type: 'Normal' | 'Warning', reason: string, message: string): void {
    throw new Error(`being written ${object.name} ${type} ${reason} ${message}`);
  }

  /** Resolves when what was recorded so far is sent or given up, or `timeoutMs` have passed. */
  flush(timeoutMs: number): Promise<void> {
    throw new Error(`being written ${timeoutMs}`);
  }
}
