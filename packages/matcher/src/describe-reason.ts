import { BEHAVIOR_ANNOTATION, BINDING_LABEL, objectKey, redactClientId } from '@aad-pod-identity/core';
import { match as matchPattern } from 'ts-pattern';
import type { IdentityRequest } from './identity-request.js';
import type { NamespaceRule, Reason } from './reason.js';

/**
 * Makes a sentence of a reason that names the objects, selectors, labels and namespaces, so that an operator knows which
 * object to change. Client IDs are redacted.
 */
export function describeReason(reason: Reason): string {
  const pod = `pod ${objectKey(reason.pod)}`;
  return matchPattern(reason)
    .with(
      { code: 'granted' },
      ({ label, binding, identity }) =>
        `${pod} may use AzureIdentity ${objectKey(identity)}: its label ${BINDING_LABEL}=${label} is the selector of AzureIdentityBinding ${objectKey(binding)}`,
    )
    .with(
      { code: 'granted-already' },
      ({ binding, identity, through }) =>
        `AzureIdentityBinding ${objectKey(binding)} leads to AzureIdentity ${objectKey(identity)}, which ${pod} has through ${objectKey(through)} already`,
    )
    .with(
      { code: 'no-label' },
      () => `${pod} has no label ${BINDING_LABEL}, so no AzureIdentityBinding selects it`,
    )
    .with({ code: 'pod-unscheduled' }, () => `${pod} is not scheduled to a node yet`)
    .with({ code: 'pod-finished' }, ({ phase }) => `${pod} is finished (phase ${phase})`)
    .with(
      { code: 'no-binding' },
      ({ label }) =>
        `no AzureIdentityBinding has the selector "${label}", which is the label ${BINDING_LABEL} of ${pod}`,
    )
    .with(
      { code: 'identity-missing' },
      ({ label, binding, identity }) =>
        `AzureIdentityBinding ${objectKey(binding)} (selector "${label}") selects ${pod}, but there is no AzureIdentity "${identity.name}" in its namespace ${identity.namespace}`,
    )
    .with(
      { code: 'identity-invalid' },
      ({ label, binding, identity, problem }) =>
        `AzureIdentityBinding ${objectKey(binding)} (selector "${label}") selects ${pod}, but ${problem.path} of AzureIdentity ${objectKey(identity)} ${problem.message}: ${problem.fix}`,
    )
    .with(
      { code: 'namespace-mismatch' },
      ({ label, binding, identity, rule }) =>
        `AzureIdentityBinding ${objectKey(binding)} (selector "${label}") selects ${pod}, but AzureIdentity ${objectKey(identity)} may be used in namespace ${identity.namespace} only, because ${describeRule(rule)}`,
    )
    .with(
      { code: 'not-among-grants' },
      ({ requested, granted }) =>
        `${pod} asked for the identity with ${describeRequest(requested)}, but may use only ${granted.map((identity) => `AzureIdentity ${objectKey(identity)}`).join(', ')}`,
    )
    .with(
      { code: 'selector-mismatch' },
      ({ label, binding, selector, identity }) =>
        `AzureIdentityBinding ${objectKey(binding)} leads to AzureIdentity ${objectKey(identity)}, but its selector is "${selector}" and the label ${BINDING_LABEL} of ${pod} is "${label}"`,
    )
    .with(
      { code: 'identity-unbound' },
      ({ identity }) =>
        `no AzureIdentityBinding in namespace ${identity.namespace} leads to AzureIdentity ${objectKey(identity)}`,
    )
    .with({ code: 'pod-unknown' }, () => `there is no ${pod}`)
    .exhaustive();
}

/** Why an identity may be used in its own namespace only. */
export function describeRule(rule: NamespaceRule): string {
  switch (rule) {
    case 'force-namespaced':
      return '--forceNamespaced is set';
    case 'managed-mode':
      return 'managed mode restricts every identity to its namespace';
    case 'identity-annotation':
      return `it has the annotation ${BEHAVIOR_ANNOTATION}: namespaced`;
  }
}

/** `client_id abcd##### REDACTED #####wxyz and resource ID ...`. */
export function describeRequest(request: IdentityRequest): string {
  const { clientId = '', resourceId = '' } = request;
  const parts = [
    clientId && `client_id ${redactClientId(clientId)}`,
    resourceId && `resource ID ${resourceId}`,
  ];
  return parts.filter((part) => part !== '').join(' and ') || 'no name';
}
