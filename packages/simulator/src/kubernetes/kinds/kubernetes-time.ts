/**
 * Times as Kubernetes reads them. Most are whole seconds; some, of Leases and events, have exactly six digits of a
 * second: a client that writes three is refused by the real server, and so it is here.
 *
 * @module
 */

const seconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const microseconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/;

/** What is wrong with a time of whole seconds, or `undefined`; `null` and what is absent are no time, which is right. */
export function timeProblem(value: unknown): string | undefined {
  return problem(value, seconds, '2006-01-02T15:04:05Z07:00');
}

/** What is wrong with a time of microseconds, or `undefined`. */
export function microTimeProblem(value: unknown): string | undefined {
  return problem(value, microseconds, '2006-01-02T15:04:05.000000Z07:00');
}

function problem(value: unknown, pattern: RegExp, layout: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') return `json: cannot unmarshal ${typeof value} into Go value of type string`;
  if (pattern.test(value) && !Number.isNaN(Date.parse(value))) return undefined;
  return `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse it`;
}
