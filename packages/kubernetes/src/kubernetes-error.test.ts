import { describe, expect, it } from 'vitest';
import { isKubernetesError, KubernetesError, toKubernetesError } from './kubernetes-error.js';

describe('KubernetesError', () => {
  it('is one bounded line without anything that looks like a credential', () => {
    const token = `eyJhbGciOiJSUzI1NiIs.${'a'.repeat(50)}.${'b'.repeat(50)}`;
    const error = new KubernetesError(
      'internal',
      `bad\n  request\tBearer abcdefgh12345 and ${token} ${'x'.repeat(5_000)}`,
    );
    expect(error.message).toMatch(/^bad request Bearer \[redacted\] and \[redacted\] x+…$/);
    expect(error.message.length).toBe(1_024);
  });

  it('is told by its code', () => {
    const error = new KubernetesError('conflict', 'x');
    expect(isKubernetesError(error)).toBe(true);
    expect(isKubernetesError(error, 'gone', 'conflict')).toBe(true);
    expect(isKubernetesError(error, 'gone')).toBe(false);
    expect(isKubernetesError(new Error('x'))).toBe(false);
    expect(toKubernetesError(error)).toBe(error);
    expect(toKubernetesError('broken')).toMatchObject({ code: 'network', message: 'broken' });
  });
});
