import { describe, expect, it } from 'vitest';
import { refuse, type RefusalReason } from './refusal.js';

describe('the status of a denial', () => {
  it.each<RefusalReason>([
    'no-label',
    'identity-invalid',
    'namespace-mismatch',
    'not-among-grants',
    'pod-finished',
    'host-network',
    'ambiguous-address',
    'identity-mismatch',
    'credential-refused',
  ])('is 403 for %s, which stays so: no SDK asks again', (reason) => {
    expect(refuse(reason, 'why')).toMatchObject({ status: 403, error: 'access_denied' });
  });

  it.each<RefusalReason>(['no-binding', 'identity-missing', 'unknown-caller', 'pod-unscheduled'])(
    'is 404 for %s, which may pass: SDKs ask again',
    (reason) => {
      expect(refuse(reason, 'why')).toMatchObject({ status: 404, error: 'identity_not_found' });
    },
  );
});
