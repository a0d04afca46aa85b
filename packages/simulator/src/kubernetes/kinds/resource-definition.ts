/**
 * What a kind is: its names, and the rules that differ from kind to kind.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { type FieldError } from '../field-error.js';
import { type Column } from '../printing/column.js';
import { type Schema } from '../schema/schema.js';
import { type SelectableFields } from '../selection/field-selector.js';
import { type GroupKind, type GroupResource } from '../status-error.js';

/** The rules of a kind. All may change the object that they are given: it is the server's own copy. */
export interface Strategy {
  /** What of a field's type is wrong, where the kind has no schema; the body is then not of the kind at all (400). */
  readonly typeProblem?: (object: KubernetesObject) => string | undefined;
  /** Fills in what the server fills in, before the object is validated for the first time. */
  readonly prepareCreate?: (object: KubernetesObject) => void;
  /** Fills in and takes back what an update may not change silently. */
  readonly prepareUpdate?: (object: KubernetesObject, previous: KubernetesObject) => void;
  /** What is wrong with the object; `previous` is absent on creation. */
  readonly validate?: (object: KubernetesObject, previous: KubernetesObject | undefined) => FieldError[];
  /**
   * Whether a deletion is graceful: how many seconds the object stays, marked, until its node says that it is done.
   * `undefined`, or no such rule: it goes at once.
   */
  readonly gracePeriod?: (object: KubernetesObject, requested: number | undefined) => number | undefined;
  /** Shows on the object that its deletion has begun, beside the deletion timestamp. */
  readonly markDeleted?: (object: KubernetesObject) => void;
}

/** The names of a kind. */
export interface ResourceNames {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

/** Turns the stored form into that of another API version, and back. */
export interface Conversion {
  readonly toStored: (object: KubernetesObject) => KubernetesObject;
  readonly fromStored: (object: KubernetesObject) => KubernetesObject;
}

/** One kind in one API version. */
export interface ResourceDefinition extends ResourceNames, GroupResource, GroupKind {
  readonly plural: string;
  readonly kind: string;
  readonly version: string;
  readonly namespaced: boolean;
  /** What its objects are stored under: `plural` or `plural.group`. */
  readonly storage: string;
  /** Whether a CustomResourceDefinition made it: conventions of the API differ a little there. */
  readonly custom: boolean;
  /** Whether `status` is written through a subresource of its own only. */
  readonly statusSubresource: boolean;
  /** Whether a deletion answers with the object rather than with a `Status`. */
  readonly returnsDeleted: boolean;
  /** Whether an update without a resource version overwrites whatever is there. */
  readonly unconditionalUpdate: boolean;
  /** Whether an update of a name that is not there creates it. */
  readonly createsOnUpdate: boolean;
  /** Whether `metadata.generation` counts the changes of all but metadata and status. */
  readonly countsGenerations: boolean;
  readonly nameProblem: (name: string) => string | undefined;
  readonly selectableFields: SelectableFields;
  readonly unsupportedField: (field: string) => string;
  readonly columns: readonly Column[];
  /** The fields that an object with nothing in it shows, as a bookmark has them. */
  readonly emptyFields?: Readonly<Record<string, unknown>>;
  readonly strategy: Strategy;
  readonly schema?: Schema;
  readonly conversion?: Conversion;
}
