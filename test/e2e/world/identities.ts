import type { UserAssignedIdentity } from '@aad-pod-identity/simulator';
import type { ClusterObject } from './cluster.js';

const apiVersion = 'aadpodidentity.k8s.io/v1';

/** A Namespace. */
export function namespace(name: string): ClusterObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** An AzureIdentity of type 0. */
export function azureIdentity(
  at: { readonly namespace: string; readonly name: string },
  { id, clientId }: Pick<UserAssignedIdentity, 'id' | 'clientId'>,
): ClusterObject {
  return {
    apiVersion,
    kind: 'AzureIdentity',
    metadata: at,
    spec: { type: 0, resourceID: id, clientID: clientId },
  };
}

/** The AzureIdentityBinding of an identity, of the same name, to pods with a label. */
export function azureIdentityBinding(
  at: { readonly namespace: string; readonly name: string },
  selector: string = at.name,
): ClusterObject {
  return {
    apiVersion,
    kind: 'AzureIdentityBinding',
    metadata: at,
    spec: { azureIdentity: at.name, selector },
  };
}

/** What a pod of a test is. */
export interface PodShape {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  /** The value of the label `aadpodidbinding`; no label where absent. */
  readonly binding?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The node; the scheduler chooses where absent. */
  readonly node?: string;
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  readonly hostNetwork?: boolean;
}

/** A Pod of one container, that is ended within a second. */
export function pod(shape: PodShape): ClusterObject {
  const {
    image,
    args = [],
    binding,
    labels = {},
    node,
    restartPolicy = 'Never',
    hostNetwork = false,
  } = shape;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: shape.name,
      namespace: shape.namespace,
      labels: { ...labels, ...(binding !== undefined && { aadpodidbinding: binding }) },
    },
    spec: {
      restartPolicy,
      hostNetwork,
      terminationGracePeriodSeconds: 1,
      ...(node !== undefined && { nodeSelector: { 'kubernetes.io/hostname': node } }),
      containers: [{ name: 'main', image, args }],
    },
  };
}
