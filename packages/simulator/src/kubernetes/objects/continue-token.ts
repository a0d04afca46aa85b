/**
 * The token that a chunk of a list ends with: the version of the list and the place to go on from.
 *
 * @module
 */
import { isJsonObject } from '../json.js';
import { badRequest } from '../status-error.js';

/** What a token says. Revision -1: whatever is current, for a list that has lost its version. */
export interface ContinueToken {
  readonly revision: number;
  readonly after: string;
}

/** The token as text. */
export function encodeContinue({ revision, after }: ContinueToken): string {
  const text = JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after });
  return Buffer.from(text).toString('base64url');
}

/**
 * Reads a token.
 *
 * @throws StatusError 400 where it is none of ours
 */
export function decodeContinue(text: string): ContinueToken {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (isJsonObject(token) && typeof token['rv'] === 'number' && typeof token['start'] === 'string') {
      return { revision: token['rv'], after: token['start'] };
    }
  } catch {
    // What is not JSON is not a token: below.
  }
  throw badRequest('invalid continue token: continue key is not valid: it was not issued by this server');
}
