/** A fault: in one file, one text that stands there once is another. */
export interface Mutation {
  readonly fault: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const matcher = 'packages/matcher/src';
const nmi = 'packages/nmi-server/src';

/** Faults that would each give a pod what it may not have, or not what it may. */
export const mutations: readonly Mutation[] = [
  {
    fault: 'a namespaced identity is given to pods of other namespaces',
    file: `${matcher}/pod-match.ts`,
    from: 'pod.namespace !== judged.binding.namespace',
    to: 'false',
  },
  {
    fault: 'a finished pod keeps its grants',
    file: `${matcher}/pod-match.ts`,
    from: "if (isFinished(pod)) return 'pod-finished';",
    to: '',
  },
  {
    fault: 'an empty selector matches pods without the label',
    file: `${matcher}/pod-match.ts`,
    from: "if (bindingLabel(pod) === '') return 'no-label';",
    to: '',
  },
  {
    fault: 'a request that names another identity gets the one there is',
    file: `${matcher}/selection.ts`,
    from: 'if (!isRequested(grant, request)) continue;',
    to: '',
  },
  {
    fault: 'a resource ID that was asked for is not looked at',
    file: `${matcher}/selection.ts`,
    from: "return resourceId === '' || sameResourceId(resourceId, identity.spec.resourceID);",
    to: 'return true;',
  },
  {
    fault: 'the weight of a binding has no effect',
    file: `${matcher}/grant.ts`,
    from: 'b.binding.spec.weight - a.binding.spec.weight || compareKeys',
    to: 'compareKeys',
  },
  {
    fault: 'one label of an exception is enough',
    file: `${matcher}/exception.ts`,
    from: 'wanted.every(',
    to: 'wanted.some(',
  },
  {
    fault: 'an assignment of another node counts',
    file: `${matcher}/token-decision.ts`,
    from: 'spec.nodeName === pod.nodeName && ',
    to: '',
  },
  {
    fault: 'an assignment of another resource of the identity counts',
    file: `${matcher}/token-decision.ts`,
    from: ' && spec.azureIdentityRef.resource?.key === identity.resource?.key',
    to: '',
  },
  {
    fault: 'an assignment counts before it is Assigned',
    file: `${matcher}/token-decision.ts`,
    from: 'if (current.some(isAssigned)) return undefined;',
    to: 'if (current.length > 0) return undefined;',
  },
  {
    fault: 'a deleted binding is still in force',
    file: `${matcher}/match-index.ts`,
    from: 'this.#bindingsBySelector.delete(selector);',
    to: '',
  },
  {
    fault: 'a deleted identity is still in force',
    file: `${matcher}/match-index.ts`,
    from: 'if (identity === undefined) this.#identities.delete(key);',
    to: 'if (identity === undefined) return new Set();',
  },
  {
    fault: 'the address of a finished pod is still its own',
    file: `${nmi}/caller/identify-caller.ts`,
    from: 'const live = pods.filter((pod) => !isFinished(pod));',
    to: 'const live = [...pods].sort((a, b) => Number(isFinished(b)) - Number(isFinished(a))).slice(0, 1);',
  },
  {
    fault: 'of two pods that claim an address, the first is believed',
    file: `${nmi}/caller/identify-caller.ts`,
    from: "if (live.length > 1) return { kind: 'ambiguous', pods: live };",
    to: '',
  },
  {
    fault: "a pod in the node's network is believed",
    file: `${nmi}/caller/identify-caller.ts`,
    from: "if (pods.some((pod) => pod.hostNetwork)) return { kind: 'node' };",
    to: '',
  },
  {
    fault: 'a pod that is being deleted is believed without a question',
    file: `${nmi}/caller/identify-caller.ts`,
    from: "kind: pod.deleting ? 'leaving' : 'pod', pod",
    to: "kind: 'pod', pod",
  },
  {
    fault: 'a pod that has no address yet is not thought of',
    file: `${nmi}/caller/identify-caller.ts`,
    from: 'candidates.length === 0 ?',
    to: 'true ?',
  },
  {
    fault: 'a pod of the same name is the same pod',
    file: `${nmi}/caller/resolve-caller.ts`,
    from: 'return caller.pod.uid === pod.uid',
    to: 'return caller.pod.name === pod.name',
  },
  {
    fault: 'a caller is not looked at again after a wait',
    file: `${nmi}/caller/resolve-caller.ts`,
    from: "return now.kind === 'unknown' && !isWatched ? pod : samePod(now, pod, address);",
    to: 'return pod;',
  },
  {
    fault: 'a wait ends with the identity that was granted before it',
    file: `${nmi}/authorization/authorize.ts`,
    from: "if (outcome === 'gone') return { kind: 'gone' };",
    to: "if (outcome === 'changed' && decision.outcome === 'waits' && view.decide(pod, request).outcome !== 'waits') return { kind: 'granted', grant: decision.grant };",
  },
  {
    fault: 'a pod waits for its own changes in vain',
    file: `${nmi}/cluster/cluster-view.ts`,
    from: 'else for (const key of changed) this.signals.emit(`pod ${key}`);',
    to: '',
  },
  {
    fault: 'what was decided for a pod outlives the event that changes it',
    file: `${nmi}/cluster/cluster-view.ts`,
    from: 'this.#events++;',
    to: '',
  },
  {
    fault: 'tokens are held by identity whatever its client ID',
    file: `${nmi}/token/token-cache.ts`,
    from: '${identity}${spec}${tenant}${resource}',
    to: '${tenant}${resource}',
  },
  {
    fault: 'tokens are held whatever the resource',
    file: `${nmi}/token/token-cache.ts`,
    from: '${identity}${spec}${tenant}${resource}',
    to: '${identity}${spec}${tenant}',
  },
  {
    fault: 'a token that is held is given although its Secret may not be used any more',
    file: `${nmi}/token/token-service.ts`,
    from: 'this.#options.servicePrincipals.permit?.(identity);',
    to: '',
  },
  {
    fault: 'an IPv4 address in an IPv6 spelling is another address',
    file: `${nmi}/caller/address.ts`,
    from: 'if (mapped === null) return canonical;',
    to: 'return canonical;',
  },
  {
    fault: 'the zone belongs to the address',
    file: `${nmi}/caller/address.ts`,
    from: "text.split('%', 1)[0] ?? ''",
    to: 'text',
  },
  {
    fault: 'any loopback address may ask for the tokens of a pod by its name, and so may any pod',
    file: `${nmi}/caller/resolve-caller.ts`,
    from: 'if (address === undefined || !isLoopback(address)) return false;',
    to: 'if (address !== undefined) return true;',
  },
  {
    fault: 'a namespaced identity may use Secrets of other namespaces',
    file: `${nmi}/token/credential-policy.ts`,
    from: 'if (rule !== undefined && clientPassword.namespace',
    to: 'if (rule === null && clientPassword.namespace',
  },
  {
    fault: 'a credential goes wherever the identity says',
    file: `${nmi}/token/authority.ts`,
    from: 'origin !== undefined && this.#allowed.has(origin)',
    to: 'origin !== undefined',
  },
];
