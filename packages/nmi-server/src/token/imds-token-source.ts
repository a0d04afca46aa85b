/**
 * Tokens of user-assigned managed identities (type 0), from the IMDS of the VM.
 *
 * @module
 */
import { objectKey, type AzureIdentity, type Clock } from '@aad-pod-identity/core';
import type { ImdsClient } from '../imds/imds-client.js';
import type { ImdsLimiter } from '../imds/imds-limiter.js';
import { parseImdsToken } from '../imds/imds-token.js';
import { tokenPath } from '../request/classify.js';
import { serializeQuery } from '../request/query.js';
import type { TokenSource } from './token-source.js';
import { UpstreamError } from './upstream-error.js';

const apiVersion = '2018-02-01';
const maxTokenBytes = 128 * 1_024;

/** {@link TokenSource} over IMDS, within its limits. */
export function imdsTokenSource(client: ImdsClient, limiter: ImdsLimiter, clock: Clock): TokenSource {
  return {
    fetch: async ({ identity, resource }) => {
      const path = `${tokenPath}?${serializeQuery(new Map([['api-version', apiVersion], ['resource', resource], selector(identity)]))}`;
      return limiter.run(identity.uid, async () =>
        parseImdsToken(
          await client.json({ method: 'GET', path }, maxTokenBytes),
          clock.now(),
          identity.spec.clientID,
        ),
      );
    },
  };
}

/** IMDS gives its own choice of identity to a request that names none: always name one. */
function selector(identity: AzureIdentity): [string, string] {
  if (identity.spec.clientID !== '') return ['client_id', identity.spec.clientID];
  if (identity.resource !== undefined) return ['msi_res_id', identity.resource.id];
  throw new UpstreamError(
    'credential',
    `AzureIdentity ${objectKey(identity)} has neither a clientID nor a valid resourceID.`,
  );
}
