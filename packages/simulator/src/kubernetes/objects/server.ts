/**
 * What the operations on objects work with.
 *
 * @module
 */
import { type Clock } from '@aad-pod-identity/core';
import { type Random } from '../../random.js';
import { type ResourceRegistry } from '../kinds/resource-registry.js';
import { type ObjectStore } from '../store/object-store.js';
import { type WatchHub } from '../store/watch-hub.js';

/** The state of the API server. */
export interface Server {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: ObjectStore;
  readonly hub: WatchHub;
  readonly registry: ResourceRegistry;
}

/** How a write is done. */
export interface WriteOptions {
  /** Says what would be stored, and stores nothing. */
  readonly dryRun?: boolean | undefined;
  /** What becomes of fields that the schema doesn't know: an error, a warning, or nothing. `Warn` where absent. */
  readonly fieldValidation?: FieldValidation | undefined;
  /** Told of each warning. */
  readonly warn?: ((text: string) => void) | undefined;
}

/** What becomes of unknown fields. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';
