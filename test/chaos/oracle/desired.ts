/**
 * What should be, read from docs/spec.md sections 2 to 4 and from nothing else: no line of MIC's is used here.
 */
import type { KubernetesObject } from '@aad-pod-identity/simulator';

/** The objects of a cluster, as somebody sees them. */
export interface View {
  of(resource: string): Iterable<KubernetesObject>;
}

/** A pod may use an identity. */
export interface Grant {
  /** `podNamespace/pod/identityNamespace/identity`: what an assignment is identified by. */
  readonly tuple: string;
  readonly pod: KubernetesObject;
  readonly binding: KubernetesObject;
  readonly identity: KubernetesObject;
  readonly node: string;
  /** The user-assigned identity in Azure, as a resource ID in lower case; absent for service principals. */
  readonly azureId: string | undefined;
  /** The VM or scale set of the node, as a resource ID in lower case; absent where the node is unknown or not Azure's. */
  readonly place: string | undefined;
}

const identityPattern =
  /\/subscriptions\/[^/\s]+\/resourcegroups\/[^/\s]+\/providers\/microsoft\.managedidentity\/userassignedidentities\/[^/?#\s]+/;
const providerPattern =
  /^azure:\/\/(\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/microsoft\.compute\/(?:virtualmachines\/[^/]+|virtualmachinescalesets\/[^/]+(?=\/virtualmachines\/[^/]+)))(?:\/virtualmachines\/[^/]+)?$/;

/** All grants, by tuple (section 3). */
export function grantsIn(view: View, forceNamespaced: boolean): Map<string, Grant> {
  const identities = new Map<string, KubernetesObject>();
  for (const identity of view.of('azureidentities.aadpodidentity.k8s.io'))
    identities.set(nameOf(identity), identity);
  const bindings = [...view.of('azureidentitybindings.aadpodidentity.k8s.io')].sort((a, b) =>
    sortKey(a) < sortKey(b) ? -1 : 1,
  );
  const places = placesIn(view);
  const grants = new Map<string, Grant>();
  for (const pod of view.of('pods')) {
    const node = text(pod, 'spec', 'nodeName');
    const label = pod.metadata.labels?.['aadpodidbinding'] ?? '';
    const phase = text(pod, 'status', 'phase');
    if (node === '' || label === '' || phase === 'Succeeded' || phase === 'Failed') continue;
    for (const binding of bindings) {
      if (text(binding, 'spec', 'selector') !== label) continue;
      const { namespace } = binding.metadata;
      const identity = identities.get(`${namespace ?? ''}/${text(binding, 'spec', 'azureIdentity')}`);
      if (identity === undefined || !isValid(identity)) continue;
      const restricted =
        forceNamespaced || identity.metadata.annotations?.['aadpodidentity.k8s.io/Behavior'] === 'namespaced';
      if (restricted && pod.metadata.namespace !== namespace) continue;
      const tuple = `${nameOf(pod)}/${nameOf(identity)}`;
      if (grants.has(tuple)) continue;
      grants.set(tuple, {
        tuple,
        pod,
        binding,
        identity,
        node,
        azureId: azureIdOf(identity),
        place: places.get(node),
      });
    }
  }
  return grants;
}

/** The VM or scale set of each node that is on one. */
export function placesIn(view: View): Map<string, string> {
  const places = new Map<string, string>();
  for (const node of view.of('nodes')) {
    const place = placeOfProviderId(text(node, 'spec', 'providerID'));
    if (place !== undefined) places.set(node.metadata.name ?? '', place);
  }
  return places;
}

function placeOfProviderId(providerId: string): string | undefined {
  return providerPattern.exec(providerId.toLowerCase())?.[1];
}

/** The identity's resource ID in lower case; `undefined` where it is of a service principal, or none. */
export function azureIdOf(identity: KubernetesObject): string | undefined {
  if (typeOf(identity) !== 0) return undefined;
  return identityPattern.exec(text(identity, 'spec', 'resourceID').toLowerCase())?.[0];
}

function isValid(identity: KubernetesObject): boolean {
  const type = typeOf(identity);
  return type === 1 || type === 2 || (type === 0 && azureIdOf(identity) !== undefined);
}

function typeOf(identity: KubernetesObject): unknown {
  return field(field(identity, 'spec'), 'type') ?? 0;
}

/** `namespace/name` */
export function nameOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}

function sortKey({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}\u0000${metadata.name ?? ''}`;
}

/** A field of something that may be anything. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** A text two fields down; empty where there is none. */
export function text(value: unknown, outer: string, inner: string): string {
  const found = field(field(value, outer), inner);
  return typeof found === 'string' ? found : '';
}
