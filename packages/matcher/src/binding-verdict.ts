import {
  BINDING_LABEL,
  formatProblem,
  invalidIdentityProblem,
  objectKey,
  type Verdict,
} from '@aad-pod-identity/core';
import { describeRule } from './describe-reason.js';
import { identityNamedBy, type JudgedBinding } from './judged-binding.js';

/** What the condition `Ready` of an AzureIdentityBinding is to say (docs/conditions.md). It does not depend on pods. */
export function judgeBindingReady(judged: JudgedBinding): Verdict<'AzureIdentityBinding'> {
  const { binding, identity, namespaceRule } = judged;
  const { selector, azureIdentity } = binding.spec;
  const named = `AzureIdentity ${objectKey(identityNamedBy(binding))}`;
  if (selector === '') {
    return {
      reason: 'SelectorEmpty',
      message: `spec.selector is empty, so it selects no pod: write the value of the label ${BINDING_LABEL} of the pods`,
    };
  }
  if (identity === undefined) {
    const message =
      azureIdentity === ''
        ? `spec.azureIdentity is missing: write the name of an AzureIdentity in namespace ${binding.namespace}`
        : `there is no ${named}: create it, or write the name of another one in this namespace`;
    return { reason: 'IdentityNotFound', message };
  }
  if (judged.obstacle === 'identity-invalid') {
    const problem = invalidIdentityProblem(identity);
    const why = problem === undefined ? '' : `: ${formatProblem(problem)}`;
    return { reason: 'IdentityInvalid', message: `${named} cannot be used${why}` };
  }
  const pods = `pods with the label ${BINDING_LABEL}=${selector}`;
  if (namespaceRule === undefined) return { reason: 'Bound', message: `${pods} may use ${named}` };
  return {
    reason: 'BoundInNamespace',
    message: `${pods} in namespace ${binding.namespace} may use ${named}, those elsewhere may not, because ${describeRule(namespaceRule)}`,
  };
}
