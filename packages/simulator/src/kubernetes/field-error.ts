/**
 * What is wrong with one field of an object, worded as Kubernetes words it.
 *
 * @module
 */

type FieldErrorType =
  | 'required'
  | 'invalid'
  | 'type'
  | 'unsupported'
  | 'forbidden'
  | 'duplicate'
  | 'tooLong'
  | 'tooMany'
  | 'notFound';

/** One wrong field: where, what kind of wrong, and the words for it. */
export interface FieldError {
  readonly field: string;
  readonly type: FieldErrorType;
  /** The value as Kubernetes prints it; absent where it is not printed. */
  readonly value?: string;
  readonly detail: string;
}

const texts: Readonly<Record<FieldErrorType, { readonly title: string; readonly reason: string }>> = {
  required: { title: 'Required value', reason: 'FieldValueRequired' },
  invalid: { title: 'Invalid value', reason: 'FieldValueInvalid' },
  type: { title: 'Invalid value', reason: 'FieldValueTypeInvalid' },
  unsupported: { title: 'Unsupported value', reason: 'FieldValueNotSupported' },
  forbidden: { title: 'Forbidden', reason: 'FieldValueForbidden' },
  duplicate: { title: 'Duplicate value', reason: 'FieldValueDuplicate' },
  tooLong: { title: 'Too long', reason: 'FieldValueTooLong' },
  tooMany: { title: 'Too many', reason: 'FieldValueTooMany' },
  notFound: { title: 'Not found', reason: 'FieldValueNotFound' },
};

/** The message without the field, as it stands in a cause. */
export function fieldErrorMessage(error: FieldError): string {
  const value = error.value === undefined ? '' : `: ${error.value}`;
  const detail = error.detail === '' ? '' : `: ${error.detail}`;
  return `${texts[error.type].title}${value}${detail}`;
}

/** The reason as it stands in a cause. */
export function fieldErrorReason(error: FieldError): string {
  return texts[error.type].reason;
}

/** A value as it stands in a message: strings quoted, the rest as JSON. */
export function printed(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

/** The field must be there. */
export function required(field: string, detail = ''): FieldError {
  return { field, type: 'required', detail };
}

/** The value is not one that may stand there. */
export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { field, type: 'invalid', value: printed(value), detail };
}

/** The value is none of those that may stand there. */
export function unsupportedValue(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((entry) => JSON.stringify(entry)).join(', ');
  return { field, type: 'unsupported', value: printed(value), detail: `supported values: ${list}` };
}

/** The field may not be set, or not be set so. */
export function forbiddenField(field: string, detail: string): FieldError {
  return { field, type: 'forbidden', detail };
}

/** The value stands there already. */
export function duplicateValue(field: string, value: unknown): FieldError {
  return { field, type: 'duplicate', value: printed(value), detail: '' };
}

/** The text is too long. */
export function tooLong(field: string, maximum: number): FieldError {
  return { field, type: 'tooLong', detail: `may not be more than ${maximum} bytes` };
}

/** The list is too long. */
export function tooMany(field: string, actual: number, maximum: number): FieldError {
  return { field, type: 'tooMany', value: String(actual), detail: `must have at most ${maximum} items` };
}

/** A field of a list, a map or an object: `spec.list[2]`, `metadata.labels[key]`, `spec.field`. */
export function childPath(parent: string, child: string | number): string {
  if (typeof child === 'number') return `${parent}[${child}]`;
  return parent === '' ? child : `${parent}.${child}`;
}
