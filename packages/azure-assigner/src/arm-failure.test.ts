import { VirtualClock } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { readRetryAfter, toComputeFailure } from './arm-failure.js';

const request = { attach: [], signal: new AbortController().signal, clock: new VirtualClock(0) };
const withName = (name: string, message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { name });

describe('toComputeFailure', () => {
  it('says that MIC cannot sign in', () => {
    const error = withName('AuthenticationRequiredError', 'invalid_client: 7000215', { status: 401 });
    expect(toComputeFailure(error, request)).toEqual({
      kind: 'forbidden',
      message: 'MIC cannot sign in to Azure: invalid_client: 7000215',
    });
  });

  it('takes an outage of the token endpoint for transient', () => {
    const error = withName('AuthenticationRequiredError', 'server error', { status: 503 });
    expect(toComputeFailure(error, request)).toMatchObject({ kind: 'transient' });
  });

  it('redacts client IDs and keeps to one line', () => {
    const client = '9d590046-e0b7-4a12-b4a2-472a58ffd0df';
    const error = Object.assign(new Error(`The client '${client}'\n with object id '${client}' may not`), {
      statusCode: 403,
      code: 'AuthorizationFailed',
    });
    const { message } = toComputeFailure(error, request);
    expect(message).toBe(
      "AuthorizationFailed: The client '9d59##### REDACTED #####d0df' with object id '9d59##### REDACTED #####d0df' may not",
    );
  });

  it('bounds the message', () => {
    expect(toComputeFailure(new Error('x'.repeat(10_000)), request).message.length).toBeLessThan(700);
  });

  it.each([undefined, null, 'text', 7, {}])('bears %j being thrown', (thrown) => {
    expect(toComputeFailure(thrown, request)).toMatchObject({ kind: 'transient' });
  });
});

describe('readRetryAfter', () => {
  const read = (headers: Record<string, string>): number | undefined =>
    readRetryAfter((name) => headers[name], Date.parse('2026-01-01T00:00:00Z'));

  it.each([
    [{ 'retry-after': '12' }, 12_000],
    [{ 'retry-after': ' 0 ' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '12' }, 250],
    [{ 'x-ms-retry-after-ms': '40' }, 40],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' }, 5_000],
    [{ 'retry-after': 'Thu, 01 Jan 2025 00:00:05 GMT' }, 0],
    [{ 'retry-after': 'Thu, 01 Jan 2026 02:00:05 GMT', date: 'Thu, 01 Jan 2026 02:00:00 GMT' }, 5_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%j', (headers, ms) => {
    expect(read(headers)).toBe(ms);
  });
});
