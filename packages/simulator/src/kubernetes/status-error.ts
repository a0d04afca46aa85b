/**
 * Errors as the API server answers them: a `Status` object with code, reason, message and details.
 *
 * @module
 */
import { type FieldError, fieldErrorMessage, fieldErrorReason } from './field-error.js';

/** One cause in the details of a {@link Status}. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** What a {@link Status} is about. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** The body of an answer that is not an object: an error, or the success of a deletion. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

/** Group and plural of a resource, for messages such as `azureidentities.aadpodidentity.k8s.io "x" not found`. */
export interface GroupResource {
  readonly group: string;
  readonly plural: string;
}

/** Group and kind, for messages such as `AzureIdentity.aadpodidentity.k8s.io "x" is invalid`. */
export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** An answer other than success. Every operation on objects throws this and nothing else for what a caller did wrong. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;

  constructor(status: Status) {
    super(status.message ?? status.reason ?? `status ${status.code}`);
    this.status = status;
  }
}

/** Builds a {@link StatusError}; empty details are left out. */
export function failure(
  code: number,
  reason: string | undefined,
  message: string,
  details?: StatusDetails,
  metadata: Status['metadata'] = {},
): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata,
    status: 'Failure',
    message,
    ...(reason !== undefined && { reason }),
    ...(details !== undefined && { details }),
    code,
  });
}

/** `plural.group`, or `plural` alone for the core group. */
export function qualified(group: string, name: string): string {
  return group === '' ? name : `${name}.${group}`;
}

function resourceDetails(resource: GroupResource, name: string): StatusDetails {
  return {
    ...(name !== '' && { name }),
    ...(resource.group !== '' && { group: resource.group }),
    kind: resource.plural,
  };
}

/** 404: there is no object of that name. */
export function notFound(resource: GroupResource, name: string): StatusError {
  const message = `${qualified(resource.group, resource.plural)} ${JSON.stringify(name)} not found`;
  return failure(404, 'NotFound', message, resourceDetails(resource, name));
}

/** 404: there is no such path. */
export function pathNotFound(): StatusError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** 409: the name is taken; perhaps by an object that is on its way out. */
export function alreadyExists(resource: GroupResource, name: string, isEnding: boolean): StatusError {
  const message = `${isEnding ? 'object is being deleted: ' : ''}${qualified(resource.group, resource.plural)} ${JSON.stringify(name)} already exists`;
  return failure(409, 'AlreadyExists', message, resourceDetails(resource, name));
}

/** 409: the object is not as the caller believes. */
export function conflict(resource: GroupResource, name: string, cause: string): StatusError {
  const subject = `${qualified(resource.group, resource.plural)} ${JSON.stringify(name)}`;
  return failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${subject}: ${cause}`,
    resourceDetails(resource, name),
  );
}

/** 403: a rule of the kind forbids it. */
export function forbidden(
  resource: GroupResource,
  name: string,
  cause: string,
  causes?: readonly StatusCause[],
): StatusError {
  const subject = `${qualified(resource.group, resource.plural)}${name === '' ? '' : ` ${JSON.stringify(name)}`}`;
  return failure(403, 'Forbidden', `${subject} is forbidden: ${cause}`, {
    ...resourceDetails(resource, name),
    ...(causes !== undefined && { causes }),
  });
}

/** 400: the request makes no sense. */
export function badRequest(message: string): StatusError {
  return failure(400, 'BadRequest', message);
}

/** 401: no credential that is known here. */
export function unauthorized(): StatusError {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

/** 405: the resource has no such operation. */
export function methodNotAllowed(): StatusError {
  return failure(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/** 410: that resource version, or continue token, is too old. `continueToken` lets a caller go on inconsistently. */
export function expired(message: string, continueToken?: string): StatusError {
  const metadata = continueToken === undefined ? {} : { continue: continueToken };
  return failure(410, 'Expired', message, undefined, metadata);
}

/** 415: the body is in a format that is not taken here. */
export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return failure(415, 'UnsupportedMediaType', message);
}

/** 422: the object breaks the rules of its kind. */
export function invalid(kind: GroupKind, name: string, errors: readonly FieldError[]): StatusError {
  const messages = [...new Set(errors.map((error) => `${error.field}: ${fieldErrorMessage(error)}`))];
  const list = messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`;
  return failure(
    422,
    'Invalid',
    `${qualified(kind.group, kind.kind)} ${JSON.stringify(name)} is invalid: ${list}`,
    {
      ...(name !== '' && { name }),
      ...(kind.group !== '' && { group: kind.group }),
      kind: kind.kind,
      causes: errors.map((error) => ({
        reason: fieldErrorReason(error),
        message: fieldErrorMessage(error),
        field: error.field,
      })),
    },
  );
}

/** 422 of a patch that cannot be applied. */
export function unprocessable(): StatusError {
  return failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

/** 504: the caller asks for a version that is still to come. */
export function versionTooLarge(asked: number, current: number): StatusError {
  return failure(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** 500. */
export function internal(message: string): StatusError {
  return failure(500, 'InternalError', `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
}
