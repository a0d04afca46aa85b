/**
 * A column of the table that `kubectl get` prints.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';

/** One column: what stands above it, and how an object fills it. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  /** 0: always shown; 1: with `-o wide`. */
  readonly priority: number;
  /** The cell; `now` is the time in milliseconds, for ages. */
  readonly cell: (object: KubernetesObject, now: number) => unknown;
}
