import {
  CoreV1Api,
  CustomObjectsApi,
  makeInformer,
  type Informer,
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
} from '@kubernetes/client-node';
import {
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  decodePod,
  type Decoded,
} from '@aad-pod-identity/core';
import type { ClusterEvent } from '@aad-pod-identity/matcher';

const group = 'aadpodidentity.k8s.io';
const version = 'v1';

/** Informers for everything that decides who may use what; each hands on what it sees as an event for the matcher. */
export function watchKinds(
  kubeConfig: KubeConfig,
  onEvent: (event: ClusterEvent) => void,
): Informer<KubernetesObject>[] {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  const listCustom = (plural: string) => () =>
    custom.listClusterCustomObject({ group, version, plural }) as Promise<
      KubernetesListObject<KubernetesObject>
    >;
  const labelled = 'aadpodidbinding';
  const pods = makeInformer<KubernetesObject>(
    kubeConfig,
    '/api/v1/pods',
    () => core.listPodForAllNamespaces({ labelSelector: labelled }),
    labelled,
  );
  const identities = makeInformer(
    kubeConfig,
    `/apis/${group}/${version}/azureidentities`,
    listCustom('azureidentities'),
  );
  const bindings = makeInformer(
    kubeConfig,
    `/apis/${group}/${version}/azureidentitybindings`,
    listCustom('azureidentitybindings'),
  );
  forward(pods, 'Pod', decodePod, onEvent);
  forward(identities, 'AzureIdentity', decodeAzureIdentity, onEvent);
  forward(bindings, 'AzureIdentityBinding', decodeAzureIdentityBinding, onEvent);
  return [pods, identities, bindings];
}

type Upsert = Extract<ClusterEvent, { type: 'upsert' }>;

function forward<Kind extends Upsert['kind']>(
  informer: Informer<KubernetesObject>,
  kind: Kind,
  decode: (json: unknown) => Decoded<Extract<Upsert, { kind: Kind }>['object']>,
  onEvent: (event: ClusterEvent) => void,
): void {
  const upsert = (object: KubernetesObject): void => {
    // Lists hold Dates where watches hold text: this makes both what the API server sent.
    const decoded = decode(JSON.parse(JSON.stringify(object)));
    if (decoded.ok) onEvent({ type: 'upsert', kind, object: decoded.value } as ClusterEvent);
  };
  informer.on('add', upsert);
  informer.on('update', upsert);
  informer.on('delete', ({ metadata }) => {
    onEvent({
      type: 'delete',
      kind,
      key: { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' },
    });
  });
}
