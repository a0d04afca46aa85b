/**
 * Tokens of user-assigned managed identities (type 0), from the IMDS of the VM.
 *
 * @module
 */
import { objectKey, sameResourceId, type AzureIdentity, type Clock } from '@aad-pod-identity/core';
import type { MatchPolicy } from '@aad-pod-identity/matcher';
import type { ImdsClient } from '../imds/imds-client.js';
import type { UpstreamLimiter } from './upstream-limiter.js';
import { parseImdsToken } from '../imds/imds-token.js';
import { tokenPath } from '../request/classify.js';
import { serializeQuery } from '../request/query.js';
import type { AccessToken } from './access-token.js';
import type { Turn } from './fair-queue.js';
import { managedIdentityClaim } from './managed-identity-claim.js';
import type { TokenRequest, TokenSource } from './token-source.js';
import { UpstreamError } from './upstream-error.js';

/** Options of {@link imdsTokenSource}. */
export interface ImdsTokenSourceOptions {
  readonly client: ImdsClient;
  readonly limiter: UpstreamLimiter;
  readonly clock: Clock;
  /** In managed mode `clientID` alone says which identity is meant. */
  readonly mode: MatchPolicy['mode'];
}

const apiVersion = '2018-02-01';
const maxTokenBytes = 128 * 1_024;

/** {@link TokenSource} over IMDS, within its limits. */
export function imdsTokenSource(options: ImdsTokenSourceOptions): TokenSource {
  const { client, limiter, clock, mode } = options;
  const turnOf = ({ identity, resource, pod }: TokenRequest): Turn => ({
    party: identity.uid,
    member: objectKey(pod),
    ticket: resource,
  });
  return {
    join: (request) => limiter.join(turnOf(request)),
    fetch: async (request) => {
      const { identity, resource } = request;
      const path = `${tokenPath}?${serializeQuery(new Map([['api-version', apiVersion], ['resource', resource], selector(identity)]))}`;
      const body = await limiter.run(turnOf(request), () =>
        client.json({ method: 'GET', path }, maxTokenBytes),
      );
      const token = parseImdsToken(body, clock.now(), identity.spec.clientID);
      if (mode === 'standard') refuseOther(identity, token);
      return token;
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

/**
 * What is granted, attached and `Assigned` goes by `resourceID`, what IMDS is asked by `clientID`: an object in which
 * the two are of different identities must not lead to another one that the VM has.
 */
function refuseOther(identity: AzureIdentity, token: AccessToken): void {
  const claimed = managedIdentityClaim(token.value);
  if (claimed === undefined || sameResourceId(claimed, identity.spec.resourceID)) return;
  throw new UpstreamError(
    'other-identity',
    `clientID of AzureIdentity ${objectKey(identity)} is that of another identity than its resourceID names: correct one of them.`,
  );
}
