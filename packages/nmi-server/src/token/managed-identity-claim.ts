/**
 * Which managed identity an access token says that it is for.
 *
 * @module
 */

const mostCharacters = 64 * 1_024;

/**
 * The claim `xms_mirid` of a token: the resource ID of the user-assigned identity, or of the machine whose
 * system-assigned identity it is. Not verified: only to be believed of a token that IMDS itself just gave.
 *
 * @returns undefined where the token is none that can be read, or does not say
 */
export function managedIdentityClaim(token: string): string | undefined {
  const [, payload, ...rest] = token.length > mostCharacters ? [] : token.split('.');
  if (payload === undefined || rest.length !== 1) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const claim = (claims as { readonly xms_mirid?: unknown } | null)?.xms_mirid;
    return typeof claim === 'string' && claim !== '' ? claim : undefined;
  } catch {
    return undefined;
  }
}
