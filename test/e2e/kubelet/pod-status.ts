import type { ContainerLoop, ContainerState } from './container-loop.js';
import type { Pod, PodFacts } from './pod.js';

/** What of a pod goes into its status. */
export interface PodProgress {
  readonly pod: Pod;
  readonly facts: PodFacts;
  readonly startedAt: string;
  readonly containers: readonly ContainerLoop[];
  readonly initContainers: readonly ContainerLoop[];
  /** The exit codes, once every container has ended for good. */
  readonly finished: readonly number[] | undefined;
}

/** The `status` of a pod, whole. */
export function podStatus(progress: PodProgress): object {
  const { facts, containers, initContainers, startedAt, finished } = progress;
  const initialized = initContainers.every(
    ({ state }) => state.kind === 'terminated' && state.end.exitCode === 0,
  );
  const ready = finished === undefined && initialized && containers.every((one) => one.ready);
  const phase = phaseOf(containers, finished);
  const condition = (type: string, value: boolean): object => ({
    type,
    status: value ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: startedAt,
    ...(phase === 'Succeeded' && !value && { reason: 'PodCompleted' }),
  });
  return {
    phase,
    hostIP: facts.hostIP,
    podIP: facts.podIP,
    podIPs: [{ ip: facts.podIP }],
    startTime: startedAt,
    conditions: [
      condition('PodScheduled', true),
      condition('Initialized', initialized),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ],
    initContainerStatuses: initContainers.map(containerStatus),
    containerStatuses: containers.map(containerStatus),
  };
}

function phaseOf(containers: readonly ContainerLoop[], finished: readonly number[] | undefined): string {
  if (finished !== undefined) return finished.every((code) => code === 0) ? 'Succeeded' : 'Failed';
  return containers.some(({ state, restarts }) => state.kind !== 'waiting' || restarts > 0)
    ? 'Running'
    : 'Pending';
}

function containerStatus({ container, state, ready, restarts }: ContainerLoop): object {
  return {
    name: container.name,
    image: container.image,
    imageID: '',
    ready,
    started: state.kind === 'running',
    restartCount: restarts,
    state: stateOf(state),
  };
}

function stateOf(state: ContainerState): object {
  switch (state.kind) {
    case 'waiting':
      return { waiting: { reason: state.reason, message: state.message } };
    case 'running':
      return { running: { startedAt: state.startedAt } };
    case 'terminated': {
      const { exitCode } = state.end;
      const reason = exitCode === 0 ? 'Completed' : 'Error';
      return { terminated: { exitCode, reason, finishedAt: state.finishedAt } };
    }
  }
}
