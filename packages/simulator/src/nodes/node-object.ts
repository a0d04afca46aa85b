/**
 * A machine as a node of the cluster.
 *
 * @module
 */
import type { Machine } from '../azure/compute/compute-resource.js';
import { timestamp, type KubernetesObject } from '../kubernetes/api-object.js';

/** The name that the machine's node has. */
export function nodeName(machine: Machine): string {
  return machine.computerName.toLowerCase();
}

/** The Node object of a machine, ready for pods. */
export function nodeObject(machine: Machine, address: string, now: number): KubernetesObject {
  const name = nodeName(machine);
  const { location, vmSize } = machine.resource;
  const resources = { cpu: '2', memory: '8Gi', pods: '250' };
  const time = timestamp(now);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': vmSize,
        'topology.kubernetes.io/region': location,
      },
    },
    spec: { providerID: `azure://${machine.id}` },
    status: {
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      capacity: resources,
      allocatable: resources,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'the simulator plays this node',
          lastHeartbeatTime: time,
          lastTransitionTime: time,
        },
      ],
      nodeInfo: {
        architecture: 'amd64',
        bootID: machine.vmId,
        containerRuntimeVersion: 'simulator://1',
        kernelVersion: 'simulator',
        kubeProxyVersion: 'v1.33.0',
        kubeletVersion: 'v1.33.0',
        machineID: machine.vmId.replaceAll('-', ''),
        operatingSystem: 'linux',
        osImage: 'Simulator',
        systemUUID: machine.vmId,
      },
    },
  };
}
