import { expect } from 'vitest';
import { type Answer } from './api.js';

export interface Failure {
  code: number;
  reason: string;
  message: string;
  details?: object;
}

/** The whole error body must be this, and its code that of the response. */
export function expectFailure(answer: Answer, failure: Failure): void {
  expect(answer.body).toEqual(statusObject(failure));
  expect(answer.status).toBe(failure.code);
  expect(answer.headers['content-type']).toBe('application/json');
}

/** A `Status` as the server writes it for a failure. */
export function statusObject({ code, reason, message, details }: Failure): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  };
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The object without what differs from run to run, after a look at each such field: uid, resource version and
 * creation time must be there and well-formed. Field ownership is no part of the comparison.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function stable(object: any): any {
  const { uid, resourceVersion, creationTimestamp, managedFields: _, ...metadata } = object.metadata;
  expect(uid).toMatch(uuid);
  expect(resourceVersion).toMatch(/^[1-9]\d*$/);
  expect(creationTimestamp).toMatch(rfc3339);
  return { ...object, metadata };
}

/** Names in a list, in the order in which they came. */
export function names(answer: Answer): string[] {
  expect(answer.status).toBe(200);
  return answer.body.items.map((item: { metadata: { name: string } }) => item.metadata.name);
}
