/**
 * From whatever the Azure SDKs throw to the closed union {@link ComputeFailure}.
 *
 * @module
 */
import { redactClientId, type Clock } from '@aad-pod-identity/core';
import { blameIdentities } from '@aad-pod-identity/matcher';
import type { ComputeFailure } from './compute.js';

/** What stood around a failed request. */
export interface FailedRequest {
  /** Resource IDs that the request wanted to attach. */
  readonly attach: readonly string[];
  /** The caller's signal: where it has aborted, that is the reason. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

interface ArmError {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly text: string;
  readonly header: (name: string) => string | undefined;
}

const longestMessage = 600;

/** Names what went wrong and what that means for the request. */
export function toComputeFailure(error: unknown, { attach, signal, clock }: FailedRequest): ComputeFailure {
  const read = readError(error);
  const message = safeLine(read);
  if (signal.aborted) return { kind: 'aborted', message };
  const { status, code, text } = read;
  const retryAfterMs = readRetryAfter(read.header, clock.now());
  if (status === 429 || code?.toLowerCase() === 'toomanyrequests') {
    const wide = isSubscriptionWide(read);
    return { kind: 'throttled', retryAfterMs, message, ...(wide ? { scope: 'subscription' } : {}) };
  }
  const { poison, identities } = blameIdentities(
    { ...(status === undefined ? {} : { status }), ...(code === undefined ? {} : { code }), message: text },
    attach,
  );
  if (poison) return { kind: 'poison', identities, message };
  if (isSignInError(error)) {
    const cause = causeStatus(error);
    return cause !== undefined && (cause === 429 || cause >= 500)
      ? { kind: 'transient', retryAfterMs, message }
      : { kind: 'forbidden', message: `MIC cannot sign in to Azure: ${message}` };
  }
  if (/marked for deletion|is being deleted/i.test(text)) return { kind: 'deleting', message };
  switch (status) {
    case undefined:
    case 408:
      return { kind: 'transient', retryAfterMs, message };
    case 401:
    case 403:
      return { kind: 'forbidden', message };
    case 404:
      return { kind: 'not-found', message };
    case 409:
      return { kind: 'conflict', message };
    case 412:
      return { kind: 'conflict', message, version: true };
    default:
      return status >= 500 ? { kind: 'transient', retryAfterMs, message } : { kind: 'rejected', message };
  }
}

/** The SDK gives a failed long-running operation as a plain error whose text holds ARM's code and message. */
const failedOperation = /^The long-running operation has failed\. (\w+)\. ([\s\S]*)$/;

function readError(error: unknown): ArmError {
  const { message, statusCode, code, response } = asRecord(error);
  const text = typeof message === 'string' ? message : String(error);
  const [, operationCode, operationText] = failedOperation.exec(text) ?? [];
  const headers = asRecord(response)['headers'];
  const get = asRecord(headers)['get'];
  return {
    status: typeof statusCode === 'number' ? statusCode : undefined,
    code: operationCode ?? (typeof code === 'string' ? code : undefined),
    text: operationText ?? text,
    header: (name) => {
      const value: unknown = typeof get === 'function' ? Reflect.apply(get, headers, [name]) : undefined;
      return typeof value === 'string' ? value : undefined;
    },
  };
}

/**
 * Reads how long to wait, in milliseconds, from the headers that Azure uses: milliseconds, seconds or a date. A date is
 * by Azure's clock, which its answer tells too.
 *
 * @param now - by the clock of this process, for an answer that does not tell
 */
export function readRetryAfter(
  header: (name: string) => string | undefined,
  now: number,
): number | undefined {
  const inMs = header('retry-after-ms') ?? header('x-ms-retry-after-ms');
  if (inMs !== undefined && /^\d{1,12}$/.test(inMs)) return Number(inMs);
  const value = header('retry-after')?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  const told = Date.parse(header('date') ?? '');
  return Number.isNaN(date) ? undefined : Math.max(0, date - (Number.isNaN(told) ? now : told));
}

/**
 * Whether it is the subscription that was asked too often, by whomever. The resource manager says so by its code, or
 * by a count of the subscription that is used up; the compute provider by the name of the limit that is: one that does
 * not end in `Resource` is for all of them.
 */
function isSubscriptionWide({ code, header }: ArmError): boolean {
  if (/^(subscription|tenant)requeststhrottled$/i.test(code ?? '')) return true;
  const counts = ['subscription-reads', 'subscription-writes', 'tenant-reads', 'tenant-writes'];
  const usedUp = (value: string | undefined): boolean => value !== undefined && /^\s*0\s*$/.test(value);
  if (counts.some((count) => usedUp(header(`x-ms-ratelimit-remaining-${count}`)))) return true;
  const limits = header('x-ms-ratelimit-remaining-resource') ?? '';
  return limits
    .split(',')
    .map((limit) => limit.split(';'))
    .some(([name = '', left]) => usedUp(left) && !/resource$/i.test(name.trim()));
}

function isSignInError(error: unknown): boolean {
  const { name } = asRecord(error);
  return typeof name === 'string' && /^(Aggregate)?Authentication|^CredentialUnavailable/.test(name);
}

/** msal's own error, which knows the status, is the cause. */
function causeStatus(error: unknown): number | undefined {
  const cause = asRecord(asRecord(error)['cause']);
  const status = cause['status'] ?? asRecord(error)['statusCode'];
  return typeof status === 'number' ? status : undefined;
}

const named = /\b(client|object id|application|identifier) '([0-9a-f]{8}-[0-9a-f-]{27})'/gi;

/** One line, bounded, with the client IDs in it redacted. */
function safeLine({ code, status, text }: ArmError): string {
  const line = text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(named, (_, what: string, id: string) => `${what} '${redactClientId(id)}'`);
  const bounded = line.length > longestMessage ? `${line.slice(0, longestMessage)}…` : line;
  const label = code ?? (status === undefined ? undefined : `HTTP ${status}`);
  return label === undefined ? bounded : `${label}: ${bounded}`;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
