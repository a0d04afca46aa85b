/**
 * The query parameters of requests for resources.
 *
 * @module
 */
import { type FieldError, unsupportedValue } from '../field-error.js';
import { type ListOptions } from '../objects/list-options.js';
import { type FieldValidation, type WriteOptions } from '../objects/server.js';
import { badRequest, invalid } from '../status-error.js';

/** What a list or watch is asked for over HTTP. */
export interface ListQuery extends ListOptions {
  readonly watch: boolean;
  readonly allowWatchBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

/** Reads the parameters of a list or watch; throws StatusError 400 where one is not of its type. */
export function listQuery(query: URLSearchParams): ListQuery {
  return {
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector: query.get('fieldSelector') ?? undefined,
    resourceVersion: query.get('resourceVersion') ?? undefined,
    resourceVersionMatch: query.get('resourceVersionMatch') ?? undefined,
    continue: query.get('continue') ?? undefined,
    limit: integer(query, 'limit'),
    timeoutSeconds: integer(query, 'timeoutSeconds'),
    sendInitialEvents: query.has('sendInitialEvents') ? flag(query, 'sendInitialEvents') : undefined,
    watch: flag(query, 'watch'),
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks'),
  };
}

const fieldValidations: readonly string[] = ['Ignore', 'Strict', 'Warn'];

/**
 * Reads the parameters of a write.
 *
 * @param optionsKind - `CreateOptions`, `UpdateOptions`, `PatchOptions`: what the error is about
 * @throws StatusError 422
 */
export function writeQuery(
  query: URLSearchParams,
  optionsKind: string,
  warn: (text: string) => void,
): WriteOptions {
  const errors: FieldError[] = [];
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((entry) => entry !== 'All'))
    errors.push({
      ...unsupportedValue('dryRun', dryRun, ['All']),
      value: `[]string{${dryRun.map((entry) => JSON.stringify(entry)).join(', ')}}`,
    });
  const validation = query.get('fieldValidation') ?? '';
  if (validation !== '' && !fieldValidations.includes(validation)) {
    errors.push(unsupportedValue('fieldValidation', validation, ['', ...fieldValidations]));
  }
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: optionsKind }, '', errors);
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: validation === '' ? undefined : (validation as FieldValidation),
    warn,
  };
}

/** A boolean as Go reads one: `1`, `t`, `true` and an empty value are true. */
function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && !['0', 'f', 'false'].includes(value.toLowerCase());
}

/** A whole number; an empty value is absent. */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (!/^-?\d+$/.test(value))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return Number(value);
}
