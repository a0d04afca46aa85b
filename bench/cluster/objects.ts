/**
 * The objects of the cluster, as JSON: what an administrator, a Deployment, a scheduler and kubelets have written when the
 * bench begins.
 */
import { BINDING_LABEL } from '@aad-pod-identity/core';
import type { IdentityInfo, NodeInfo } from '../mic/cluster-objects.js';

export const namespaceCount = 20;
export const identityCount = 200;
export const podCount = 5_000;
/** So many pods of one identity follow each other, on as many nodes. */
const podsInARow = 25;

/** Real pods carry a few kilobytes that nobody here has use for. */
const environment = Array.from({ length: 30 }, (_, index) => ({
  name: `VARIABLE_${index}`,
  value: 'a value as long as most are',
}));

export const namespaceName = (index: number): string =>
  `team-${String(index % namespaceCount).padStart(2, '0')}`;
export const identityName = (index: number): string => `identity-${String(index).padStart(3, '0')}`;
export const podName = (index: number): string => `web-${String(index).padStart(5, '0')}-5d4f8c7b9-x2x4z`;

/** Where an object of the API is, or objects of its kind are created. */
export const paths = {
  namespaces: '/api/v1/namespaces',
  nodes: '/api/v1/nodes',
  serviceAccounts: (namespace: string) => `/api/v1/namespaces/${namespace}/serviceaccounts`,
  pods: (namespace: string) => `/api/v1/namespaces/${namespace}/pods`,
  custom: (plural: string) => `/apis/aadpodidentity.k8s.io/v1/namespaces/default/${plural}`,
} as const;

export function nodeObject({ name, providerID }: NodeInfo): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
    spec: { providerID },
  };
}

/** What a kubelet writes of its node every five minutes. */
export function nodeStatus(now: string): object {
  const conditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
    type,
    status: type === 'Ready' ? 'True' : 'False',
    reason: 'KubeletReady',
    message: 'as the kubelet says',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }));
  return { status: { conditions, capacity: { cpu: '8', memory: '32Gi', pods: '110' } } };
}

export function identityObject({ name, id, clientId }: IdentityInfo): object {
  const spec = { type: 0, resourceID: id, clientID: clientId };
  return { apiVersion: 'aadpodidentity.k8s.io/v1', kind: 'AzureIdentity', metadata: { name }, spec };
}

export function bindingObject({ name }: IdentityInfo): object {
  const spec = { azureIdentity: name, selector: name };
  return { apiVersion: 'aadpodidentity.k8s.io/v1', kind: 'AzureIdentityBinding', metadata: { name }, spec };
}

/** The pod of that number: of which identity, and on the node that many places further than its number says. */
export function podObject(index: number, nodes: readonly NodeInfo[], shift: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(index),
      labels: { app: 'web', 'pod-template-hash': '5d4f8c7b9', [BINDING_LABEL]: identityOfPod(index) },
    },
    spec: {
      nodeName: nodeOfPod(index, nodes, shift),
      containers: [{ name: 'web', image: 'registry.example/web:1.0', env: environment }],
    },
  };
}

/** The identity of a pod: the pods that replace others have theirs. */
export function identityOfPod(index: number): string {
  return identityName(Math.floor((index % podCount) / podsInARow) % identityCount);
}

export function nodeOfPod(index: number, nodes: readonly NodeInfo[], shift: number): string {
  return nodes[(index + shift) % nodes.length]?.name ?? '';
}

/** A loopback address, so that requests can come from it. */
export function podAddress(index: number): string {
  return `127.100.${Math.floor(index / 200)}.${(index % 200) + 1}`;
}

/** What the kubelet writes when the containers run. */
export function runningStatus(index: number, now: string): object {
  const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: now,
  }));
  const address = podAddress(index);
  const container = {
    ...{ name: 'web', image: 'registry.example/web:1.0', imageID: 'registry.example/web@sha256:0' },
    ...{ ready: true, started: true, restartCount: 0, state: { running: { startedAt: now } } },
  };
  return {
    status: {
      ...{ phase: 'Running', podIP: address, podIPs: [{ ip: address }], startTime: now },
      ...{ conditions, containerStatuses: [container] },
    },
  };
}
