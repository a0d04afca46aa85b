import { describe, expect, it } from 'vitest';
import { errorOfAnswer } from './error-answer.js';
import { answer } from './testing/answers.js';

const read = (
  status: number,
  body: unknown,
  headers?: Record<string, string>,
): ReturnType<typeof errorOfAnswer> => errorOfAnswer(answer(status, body, headers), 'http://h', 0);

describe('errorOfAnswer', () => {
  it('carries everything that NMI says', () => {
    const error = read(
      503,
      {
        error: 'not_ready',
        error_description: 'identity x is being attached',
        reason: 'created',
        correlation_id: 'c-1',
      },
      { 'retry-after': '20' },
    );
    expect(error).toMatchObject({
      name: 'PodIdentityClientError',
      code: 'unavailable',
      status: 503,
      error: 'not_ready',
      description: 'identity x is being attached',
      reason: 'created',
      correlationId: 'c-1',
      retryAfterSeconds: 20,
      message: 'http://h answered 503 not_ready: identity x is being attached (reason: created)',
    });
  });

  it('takes text for the description', () => {
    expect(read(403, 'Request blocked by AAD Pod Identity NMI\n')).toMatchObject({
      code: 'denied',
      error: undefined,
      description: 'Request blocked by AAD Pod Identity NMI',
    });
  });

  it('makes one bounded, printable line of it, without what looks like a token', () => {
    const error = read(500, {
      error: 'x\u001b[31m\r\ny',
      error_description: `eyJhbGciOi.eyJzdWIi.c2ln ${'a'.repeat(9_000)}`,
    });
    expect(error.error).toBe('x [31m y');
    expect(error.message).not.toMatch(/eyJ|\n/);
    expect(error.message.length).toBeLessThan(1_200);
  });

  it.each([
    [400, 'bad_request'],
    [403, 'denied'],
    [404, 'no_identity'],
    [410, 'unavailable'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [302, 'unexpected_status'],
    [401, 'unexpected_status'],
  ])('names %i %s', (status, code) => {
    expect(read(status, '').code).toBe(code);
  });

  it('ignores fields that are no text', () => {
    expect(read(400, { error: { code: 1 }, error_description: 3, reason: null })).toMatchObject({
      error: undefined,
      description: undefined,
      reason: undefined,
    });
  });
});
