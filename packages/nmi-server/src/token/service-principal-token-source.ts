/**
 * Tokens of service principals (types 1 and 2). What an identity may use is judged before anything is read. The Secret is read by name for each new token, so that one that was
 * rotated is used at once and nothing of it is kept.
 *
 * @module
 */
import { objectKey, type AzureIdentity, type Clock, type ObjectKey } from '@aad-pod-identity/core';
import { isKubernetesError } from '@aad-pod-identity/kubernetes';
import type { MatchPolicy } from '@aad-pod-identity/matcher';
import type { SecretData } from '../cluster/watched-kinds.js';
import type { AccessToken } from './access-token.js';
import type { Authorities } from './authority.js';
import { judgeCredential } from './credential-policy.js';
import type { EntraCredential, EntraToken, EntraTokenRequest } from './entra-request.js';
import type { Turn } from './fair-queue.js';
import type { OpenPfx } from './open-pfx.js';
import { certificateOf, clientSecretOf } from './service-principal-secret.js';
import type { TokenRequest, TokenSource } from './token-source.js';
import { UpstreamError } from './upstream-error.js';
import type { UpstreamLimiter } from './upstream-limiter.js';

/** Options of {@link servicePrincipalTokenSource}. */
export interface ServicePrincipalOptions {
  readonly clock: Clock;
  /** Reads a Secret of the cluster. */
  readonly readSecret: (key: ObjectKey) => Promise<SecretData>;
  readonly policy: MatchPolicy;
  readonly authorities: Authorities;
  readonly openPfx: OpenPfx;
  /** Each namespace has its turn, and in it each pod: a tenant with many identities, or with slow ones, delays no other. */
  readonly limiter: UpstreamLimiter;
  readonly caCertificates?: string;
  /** @default the one over @azure/identity, loaded at the first use */
  readonly fetchToken?: (request: EntraTokenRequest) => Promise<EntraToken>;
}

/** {@link TokenSource} over Entra. */
export function servicePrincipalTokenSource(options: ServicePrincipalOptions): TokenSource {
  const fetchToken =
    options.fetchToken ?? ((request: EntraTokenRequest) => fetchWithAzureIdentity(request, options.openPfx));
  const authorityFor = (identity: AzureIdentity): string => {
    const verdict = judgeCredential(identity, options.policy, options.authorities);
    if (verdict.ok) return verdict.authority;
    throw new UpstreamError('refused', verdict.problem);
  };
  return {
    permit: (identity) => void authorityFor(identity),
    join: (request) => options.limiter.join(turnOf(request)),
    fetch: async (request) => {
      const { identity, tenant, resource } = request;
      const authorityHost = authorityFor(identity);
      const { clientID } = identity.spec;
      if (tenant === '' || clientID === '') {
        throw new UpstreamError(
          'credential',
          `AzureIdentity ${objectKey(identity)} needs tenantID and clientID to get a token from Entra.`,
        );
      }
      const token = await options.limiter.run(turnOf(request), async () =>
        fetchToken({
          authorityHost,
          tenant,
          clientId: clientID,
          credential: await readCredential(identity, options.readSecret),
          resource,
          ...(options.caCertificates === undefined ? {} : { caCertificates: options.caCertificates }),
        }),
      );
      return accessToken(token, clientID, options.clock.now());
    },
  };
}

function turnOf({ identity, tenant, resource, pod }: TokenRequest): Turn {
  return {
    party: identity.namespace,
    member: objectKey(pod),
    ticket: JSON.stringify([identity.uid, tenant, resource]),
  };
}

async function fetchWithAzureIdentity(request: EntraTokenRequest, openPfx: OpenPfx): Promise<EntraToken> {
  const { fetchEntraToken } = await import('./entra.js');
  return fetchEntraToken(request, openPfx);
}

async function readCredential(
  identity: AzureIdentity,
  readSecret: ServicePrincipalOptions['readSecret'],
): Promise<EntraCredential> {
  const key = identity.spec.clientPassword;
  const secretName = objectKey(key);
  if (key.name === '' || key.namespace === '') {
    throw new UpstreamError(
      'credential',
      `AzureIdentity ${objectKey(identity)} names no Secret: clientPassword needs name and namespace.`,
    );
  }
  let data: SecretData;
  try {
    data = await readSecret(key);
  } catch (error) {
    const why = isKubernetesError(error, 'not-found')
      ? 'does not exist'
      : isKubernetesError(error, 'forbidden')
        ? 'may not be read by NMI: allow it in its role'
        : 'cannot be read now';
    throw new UpstreamError(
      'credential',
      `Secret ${secretName} of AzureIdentity ${objectKey(identity)} ${why}.`,
      { cause: error },
    );
  }
  if (identity.spec.type === 1) return { kind: 'secret', secret: clientSecretOf(data, secretName) };
  return { kind: 'certificate', ...certificateOf(data, secretName), secretName };
}

function accessToken(token: EntraToken, clientId: string, nowMs: number): AccessToken {
  return {
    value: token.value,
    tokenType: 'Bearer',
    expiresOn: Math.floor(token.expiresOnMs / 1_000),
    notBefore: Math.floor(nowMs / 1_000),
    ...(token.refreshOnMs === undefined ? {} : { refreshOn: Math.floor(token.refreshOnMs / 1_000) }),
    clientId,
  };
}
