/**
 * The parts of a pod that scheduler and kubelet read and write.
 *
 * @module
 */
import { timestamp, type KubernetesObject } from '../kubernetes/api-object.js';

/** A pod, as far as it is looked at here. */
export interface Pod extends KubernetesObject {
  spec?: {
    nodeName?: string;
    hostNetwork?: boolean;
    nodeSelector?: Record<string, string>;
    schedulingGates?: unknown[];
    tolerations?: Toleration[];
    containers?: { name: string; image?: string }[];
  };
  status?: { phase?: string; podIP?: string; conditions?: { type: string; status: string }[] };
}

/** What lets a pod onto a tainted node. */
export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** Annotation on a pod: the address that it gets, whoever has it already. */
export const podAddressAnnotation = 'simulator.aad-pod-identity/pod-ip';

/** Annotation on a pod: the phase that it ends in (`Succeeded` or `Failed`) instead of `Running`. */
export const podPhaseAnnotation = 'simulator.aad-pod-identity/phase';

/** Annotation on a pod: how long its containers take to stop, in milliseconds. */
export const podTerminationAnnotation = 'simulator.aad-pod-identity/termination-ms';

/** The phase that the pod's annotation asks for. */
export function wantedPhase(pod: Pod): 'Running' | 'Succeeded' | 'Failed' {
  const asked = pod.metadata.annotations?.[podPhaseAnnotation];
  return asked === 'Succeeded' || asked === 'Failed' ? asked : 'Running';
}

/** Whether the pod has ended. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** The status that the kubelet gives a pod. */
export function podStatus(
  pod: Pod,
  phase: 'Running' | 'Succeeded' | 'Failed',
  addresses: { readonly pod: string; readonly host: string },
  now: number,
): Record<string, unknown> {
  const time = timestamp(now);
  const running = phase === 'Running';
  const condition = (type: string, holds: boolean): Record<string, unknown> => ({
    type,
    status: holds ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: time,
    ...(!holds && { reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }),
  });
  return {
    phase,
    hostIP: addresses.host,
    hostIPs: [{ ip: addresses.host }],
    podIP: addresses.pod,
    podIPs: [{ ip: addresses.pod }],
    startTime: time,
    conditions: [
      condition('PodScheduled', true),
      condition('Initialized', true),
      condition('ContainersReady', running),
      condition('Ready', running),
    ],
    containerStatuses: (pod.spec?.containers ?? []).map(({ name, image = '' }) => ({
      name,
      image,
      imageID: '',
      ready: running,
      started: running,
      restartCount: 0,
      lastState: {},
      state: running
        ? { running: { startedAt: time } }
        : {
            terminated: {
              exitCode: phase === 'Succeeded' ? 0 : 1,
              reason: phase === 'Succeeded' ? 'Completed' : 'Error',
              startedAt: time,
              finishedAt: time,
            },
          },
    })),
  };
}
