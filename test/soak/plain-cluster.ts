/**
 * The objects of a simulated cluster as the plain things of the authorization model. Read by hand: nothing of what is
 * judged may take part in judging.
 *
 * @module
 */
import type { KubernetesObject } from '@aad-pod-identity/simulator';
import type { Assigned, Binding, Exception, Identity, Pod } from '../authorization-model/model.js';
import type { Kind } from '../authorization-model/random-cluster.js';

/** The fields of all those kinds. */
interface Fields {
  readonly spec?: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly type?: number;
    readonly clientID?: string;
    readonly resourceID?: string;
    readonly clientPassword?: { readonly namespace: string };
    readonly azureIdentity?: string;
    readonly selector?: string;
    readonly weight?: number;
    readonly podLabels?: Readonly<Record<string, string>>;
    readonly azureIdentityRef?: KubernetesObject & Pick<Fields, 'spec'>;
    readonly pod?: string;
    readonly podNamespace?: string;
    readonly nodename?: string;
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly status?: string;
  };
}

/** The resources of the API that make up each collection of the model. */
export const resourceOf: Readonly<Record<Kind, string>> = {
  pods: 'pods',
  identities: 'azureidentities.aadpodidentity.k8s.io',
  bindings: 'azureidentitybindings.aadpodidentity.k8s.io',
  exceptions: 'azurepodidentityexceptions.aadpodidentity.k8s.io',
  assigned: 'azureassignedidentities.aadpodidentity.k8s.io',
};

/** An object of that kind, as seen from the node. */
export function plainObject(
  kind: Kind,
  object: KubernetesObject,
  node: string,
): Pod | Identity | Binding | Exception | Assigned {
  const { spec = {}, status = {} } = object as Fields;
  const { namespace = '', name = '', uid = '' } = object.metadata;
  switch (kind) {
    case 'pods':
      return {
        ...{ namespace, name, uid, labels: object.metadata.labels ?? {} },
        onNode: spec.nodeName === node,
        finished: status.phase === 'Succeeded' || status.phase === 'Failed',
        hostNetwork: spec.hostNetwork === true,
        deleting: object.metadata.deletionTimestamp !== undefined,
        addresses: (status.podIPs ?? []).map(({ ip }) => ip),
      };
    case 'identities':
      return {
        ...{
          namespace,
          name,
          uid,
          type: spec.type ?? 0,
          client: spec.clientID ?? '',
          resource: spec.resourceID ?? '',
        },
        namespaced: object.metadata.annotations?.['aadpodidentity.k8s.io/Behavior'] === 'namespaced',
        secretNamespace: spec.clientPassword?.namespace ?? '',
        knownEndpoint: true,
      };
    case 'bindings':
      return {
        ...{ namespace, name, identity: spec.azureIdentity ?? '', selector: spec.selector ?? '' },
        weight: spec.weight ?? 0,
      };
    case 'exceptions':
      return { namespace, name, labels: spec.podLabels ?? {} };
    case 'assigned': {
      const identity = spec.azureIdentityRef;
      return {
        ...{ namespace, name, onNode: spec.nodename === node, status: status.status ?? '' },
        pod: { namespace: spec.podNamespace ?? '', name: spec.pod ?? '' },
        identity: { namespace: identity?.metadata.namespace ?? '', name: identity?.metadata.name ?? '' },
        resource: identity?.spec?.resourceID ?? '',
      };
    }
  }
}
