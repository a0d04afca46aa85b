import { decodePod, type ObjectKey, type Pod } from '@aad-pod-identity/core';
import { match, type MatchPolicy, type Snapshot } from '@aad-pod-identity/matcher';

/** What must hold of the manifests. Pods and identities are written `namespace/name`. */
export type Policy =
  | { readonly name: string; readonly namespace: string; readonly mayNeverUse: string }
  | { readonly name: string; readonly pod: string; readonly mayUse: string };

/** How the cluster of these manifests runs MIC and NMI; nothing is scheduled in a folder. */
const cluster: MatchPolicy = { mode: 'standard', forceNamespaced: false, assumeScheduled: true };

/**
 * Where the manifests violate the policy, one text each: which pod, label, binding and selector. `mayNeverUse` holds
 * for the pods of the namespace in the manifests, and for any other that somebody could start there.
 */
export function violations(policy: Policy, manifests: Snapshot): string[] {
  if ('mayUse' in policy) {
    const { allowed, text } = match(manifests, cluster).explainAccess({
      pod: key(policy.pod),
      identity: key(policy.mayUse),
    });
    return allowed ? [] : [text];
  }
  requireIdentity(policy.mayNeverUse, manifests);
  requireNamespace(policy.namespace, manifests);
  const pods = [
    ...manifests.pods.filter((pod) => pod.namespace === policy.namespace),
    ...conceivablePods(policy.namespace, manifests),
  ];
  const result = match({ ...manifests, pods }, cluster);
  return pods
    .map((pod) => result.explainAccess({ pod, identity: key(policy.mayNeverUse) }))
    .filter(({ allowed }) => allowed)
    .map(({ text }) => text);
}

/** A policy about an identity that is not there holds whatever the manifests say: more likely its name is misspelled. */
function requireIdentity(text: string, { identities }: Snapshot): void {
  const { namespace, name } = key(text);
  if (identities.some((identity) => identity.namespace === namespace && identity.name === name)) return;
  throw new Error(`there is no AzureIdentity ${text} in the manifests; is the policy spelled right?`);
}

/** The same of a namespace: it must hold a pod, an identity or a binding. */
function requireNamespace(namespace: string, { pods, identities, bindings }: Snapshot): void {
  if ([...pods, ...identities, ...bindings].some((object) => object.namespace === namespace)) return;
  throw new Error(`nothing in the manifests is in the namespace ${namespace}; is the policy spelled right?`);
}

/** One pod for every selector there is: labels can be copied, so these pods may come any day. */
function conceivablePods(namespace: string, { bindings }: Snapshot): Pod[] {
  const selectors = new Set(bindings.map((binding) => binding.spec.selector));
  return [...selectors].flatMap((selector, index) => {
    const name = `any-pod-one-could-start-${index + 1}`;
    const decoded = decodePod({ metadata: { namespace, name, labels: { aadpodidbinding: selector } } });
    return decoded.ok ? [decoded.value] : [];
  });
}

function key(text: unknown): ObjectKey {
  const [namespace, name, ...more] = typeof text === 'string' ? text.split('/') : [];
  if (!namespace || !name || more.length > 0)
    throw new Error(`"${String(text)}" must be written namespace/name`);
  return { namespace, name };
}
