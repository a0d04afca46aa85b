/**
 * Which Secret an AzureIdentity of type 1 or 2 may use, and where its contents may go (docs/spec.md section 8). NMI
 * reads Secrets with rights of its own: without these rules, whoever may write an AzureIdentity could use any of them,
 * or have it sent to a server of their own. Pure.
 *
 * @module
 */
import { isNamespaced, objectKey, type AzureIdentity } from '@aad-pod-identity/core';
import type { MatchPolicy } from '@aad-pod-identity/matcher';
import type { Authorities } from './authority.js';

/** What an AzureIdentity may do with a credential: where it goes, or one sentence that says why nowhere. */
export type CredentialVerdict =
  { readonly ok: true; readonly authority: string } | { readonly ok: false; readonly problem: string };

const mostTenants = 20;
const plainTenant = /^[A-Za-z0-9.-]{1,253}$/;

/** Judges an identity of type 1 or 2, before anything is read. */
export function judgeCredential(
  identity: AzureIdentity,
  policy: MatchPolicy,
  authorities: Authorities,
): CredentialVerdict {
  const named = `AzureIdentity ${objectKey(identity)}`;
  const { clientPassword, adEndpoint } = identity.spec;
  const rule = ownNamespaceRule(identity, policy);
  if (rule !== undefined && clientPassword.namespace !== identity.namespace && clientPassword.name !== '') {
    return refused(
      `${named} may use Secrets of namespace ${identity.namespace} only, because ${rule}: move Secret ${objectKey(clientPassword)} there, and let clientPassword name it`,
    );
  }
  const tenants = tenantsOf(identity);
  if (tenants.length > mostTenants) return refused(`${named} names more than ${mostTenants} tenants`);
  const oddTenant = tenants.find((tenant) => tenant !== '' && !plainTenant.test(tenant));
  if (oddTenant !== undefined) {
    return refused(
      `${named} names the tenant ${quoted(oddTenant)}, which is neither an ID nor a domain name`,
    );
  }
  const authority = authorities.of(adEndpoint);
  if (authority === undefined) {
    return refused(
      `${named} has the adEndpoint ${quoted(adEndpoint)}, which is no login endpoint of Azure: remove it, or let an operator allow it with --allowed-ad-endpoints of nmi`,
    );
  }
  return { ok: true, authority };
}

/** The tenants of an identity, the primary one first, each once. */
export function tenantsOf({ spec }: Pick<AzureIdentity, 'spec'>): readonly string[] {
  const auxiliary = spec.auxiliaryTenantIDs.filter((tenant) => tenant !== '');
  return [...new Set([spec.tenantID, ...auxiliary])];
}

function ownNamespaceRule(identity: AzureIdentity, policy: MatchPolicy): string | undefined {
  if (policy.mode === 'managed') return 'NMI runs in managed mode';
  if (policy.forceNamespaced) return 'of --forceNamespaced';
  return isNamespaced(identity) ? 'its annotation Behavior says "namespaced"' : undefined;
}

function refused(problem: string): CredentialVerdict {
  return { ok: false, problem: `${problem}.` };
}

/** Another's text for a message: bounded and printable. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
