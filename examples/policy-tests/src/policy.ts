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

/** One pod for every selector there is: labels can be copied, so these pods may come any day. */
function conceivablePods(namespace: string, { bindings }: Snapshot): Pod[] {
  const selectors = new Set(bindings.map((binding) => binding.spec.selector));
  return [...selectors].flatMap((selector, index) => {
    const name = `any-pod-${index + 1}`;
    const decoded = decodePod({ metadata: { namespace, name, labels: { aadpodidbinding: selector } } });
    return decoded.ok ? [decoded.value] : [];
  });
}

function key(text: string): ObjectKey {
  const [namespace, name, ...more] = text.split('/');
  if (!namespace || !name || more.length > 0) throw new Error(`"${text}" must be written namespace/name`);
  return { namespace, name };
}
