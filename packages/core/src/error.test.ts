import { describe, expect, it } from 'vitest';
import { isPodIdentityError, PodIdentityError } from './error.js';
import { formatProblem } from './problem.js';

describe('PodIdentityError', () => {
  it('carries code, cause, fix and delay', () => {
    const cause = new Error('429');
    const error = new PodIdentityError('throttled', 'asked too often', {
      cause,
      fix: 'Wait.',
      retryAfterMs: 5,
    });
    expect(error).toMatchObject({
      name: 'PodIdentityError',
      code: 'throttled',
      cause,
      fix: 'Wait.',
      retryAfterMs: 5,
    });
  });

  it('is told apart by code', () => {
    const error: unknown = new PodIdentityError('gone', 'too old');
    expect(isPodIdentityError(error)).toBe(true);
    expect(isPodIdentityError(error, 'gone')).toBe(true);
    expect(isPodIdentityError(error, 'conflict')).toBe(false);
    expect(isPodIdentityError(new Error('gone'))).toBe(false);
  });
});

describe('formatProblem', () => {
  it('is one line that says where, what and how to mend it', () => {
    const problem = { path: 'spec.selector', message: 'is a number', fix: 'write a string: "42"' };
    expect(formatProblem(problem)).toBe('spec.selector: is a number (write a string: "42")');
    expect(formatProblem({ ...problem, path: '' })).toBe('is a number (write a string: "42")');
  });
});
