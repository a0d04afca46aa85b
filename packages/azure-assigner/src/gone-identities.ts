import { parseIdentityResourceId } from '@aad-pod-identity/core';
import type { IdentityReader } from './identity-reader.js';
import { runLimited } from './run-limited.js';

/** How many identities are asked for at the same time. */
const atOnce = 10;

/** Those of these resource IDs that Azure says it has no identity for; one that it does not tell of is not among them. */
export async function goneIdentities(
  reader: IdentityReader | undefined,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (reader === undefined) return [];
  const gone = new Set<string>();
  await runLimited(ids, atOnce, async (id) => {
    const identity = parseIdentityResourceId(id);
    if (identity === undefined || signal.aborted) return;
    if ((await reader.read(identity, signal)).kind === 'not-found') gone.add(id);
  });
  return ids.filter((id) => gone.has(id));
}
