/**
 * What of a Secret is the credential of a service principal. Pure.
 *
 * @module
 */
import type { SecretData } from '../cluster/watched-kinds.js';
import { UpstreamError } from './upstream-error.js';

/**
 * The client secret: key `clientSecret` in any casing, else the only key there is.
 *
 * @param name - of the Secret, for messages
 * @throws UpstreamError `credential` where it is not clear which key it is
 */
export function clientSecretOf(data: SecretData, name: string): string {
  const named = [...data.keys()].find((key) => key.toLowerCase() === 'clientsecret');
  const key = named ?? (data.size === 1 ? [...data.keys()][0] : undefined);
  if (key === undefined) {
    const why = data.size === 0 ? 'has no data' : `has ${data.size} keys and none is clientSecret`;
    throw new UpstreamError(
      'credential',
      `Secret ${name} ${why}: put the client secret under the key clientSecret.`,
    );
  }
  const secret = data.get(key)?.toString('utf8').trim() ?? '';
  if (secret === '') throw new UpstreamError('credential', `Secret ${name} holds an empty client secret.`);
  return secret;
}

/** The certificate with its key, and the password that protects it (often empty). */
export function certificateOf(
  data: SecretData,
  name: string,
): { readonly pfx: Buffer; readonly password: string } {
  const find = (wanted: string): Buffer | undefined =>
    [...data].find(([key]) => key.toLowerCase() === wanted)?.[1];
  const pfx = find('certificate');
  if (pfx === undefined || pfx.length === 0) {
    throw new UpstreamError('credential', `Secret ${name} has no key certificate with a PFX in it.`);
  }
  return { pfx, password: find('password')?.toString('utf8') ?? '' };
}
