/**
 * What a list or a watch is asked for.
 *
 * @module
 */
import { type FieldError, forbiddenField, unsupportedValue } from '../field-error.js';
import { badRequest, invalid } from '../status-error.js';

/** The selectors of a list or watch. */
export interface SelectionOptions {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** How a list is asked for. */
export interface ListOptions extends SelectionOptions {
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: string | undefined;
  readonly sendInitialEvents?: boolean | undefined;
}

/**
 * The number in a resource version; `undefined` where none is given.
 *
 * @throws StatusError 400 where it is not a number
 */
export function readVersion(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

const notOlderThan = 'NotOlderThan';

/**
 * Checks what may be combined. Streaming lists (`sendInitialEvents`) are refused as by a server that has not got
 * them: every client then lists first.
 *
 * @throws StatusError 422
 */
export function checkListOptions(options: ListOptions, watch: boolean): void {
  const errors = watch ? watchProblems(options) : listProblems(options);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}

function listProblems(options: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const match = options.resourceVersionMatch ?? '';
  const forbid = (detail: string): number => errors.push(forbiddenField('resourceVersionMatch', detail));
  if (match !== '') {
    if ((options.resourceVersion ?? '') === '') {
      forbid('resourceVersionMatch is forbidden unless resourceVersion is provided');
    }
    if ((options.continue ?? '') !== '')
      forbid('resourceVersionMatch is forbidden when continue is provided');
    if (match !== 'Exact' && match !== notOlderThan) {
      errors.push(unsupportedValue('resourceVersionMatch', match, ['Exact', notOlderThan, '']));
    }
    if (match === 'Exact' && options.resourceVersion === '0') {
      forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (options.sendInitialEvents !== undefined) {
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function watchProblems(options: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const match = options.resourceVersionMatch ?? '';
  const forbid = (detail: string): number => errors.push(forbiddenField('resourceVersionMatch', detail));
  if (options.sendInitialEvents !== undefined) {
    if (match !== notOlderThan) {
      forbid(`sendInitialEvents requires setting resourceVersionMatch to ${notOlderThan}`);
    }
    errors.push(
      forbiddenField(
        'sendInitialEvents',
        'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
      ),
    );
  }
  if (match !== '') {
    if (options.sendInitialEvents === undefined) {
      forbid('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
    }
    if (match !== notOlderThan) {
      errors.push(unsupportedValue('resourceVersionMatch', match, [notOlderThan]));
    }
    if ((options.continue ?? '') !== '')
      forbid('resourceVersionMatch is forbidden when continue is provided');
  }
  return errors;
}
