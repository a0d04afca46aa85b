import {
  AssignmentIndex,
  DEFAULT_POLICY,
  plan,
  type ClusterEvent,
  type Snapshot,
} from '@aad-pod-identity/matcher';
import { formatBytes, formatTime, heapInUse, millisecondsOf, percentile, sample } from '../measure.js';
import type { Bench, Table } from '../table.js';
import { bindingAt, buildCluster, podAt, withAssignments, type ClusterSize } from './cluster.js';

const BINDINGS = 1_000;
const NODES = 500;
const IDENTITIES = 300;
const PODS = [1_000, 10_000, 100_000];

interface Figures {
  readonly pods: number;
  readonly fullPlan: number;
  readonly fullPlanSteady: number;
  readonly build: number;
  readonly podEvent: readonly number[];
  readonly podStatusEvent: readonly number[];
  readonly bindingEvent: readonly number[];
  readonly planFor: readonly number[];
  readonly heap: number;
  readonly heapSteady: number;
}

/** `npm run bench -- matcher`: what matching and planning cost, and how it grows. */
export const bench: Bench = {
  run: async (): Promise<readonly Table[]> => {
    measure({ pods: 2_000, bindings: BINDINGS, nodes: NODES, identities: IDENTITIES });
    return [
      tableOf(
        PODS.map((pods) => measure({ pods, bindings: BINDINGS, nodes: NODES, identities: IDENTITIES })),
      ),
    ];
  },
};

function measure(size: ClusterSize): Figures {
  const { fullPlan, heap } = measureCold(size);
  const before = heapInUse();
  const steady = withAssignments(buildCluster(size));
  const fullPlanSteady = medianPlan(steady);
  const { index, milliseconds: build } = indexOf(steady);
  const heapSteady = heapInUse() - before;

  const podEvent = sample(4_000, 1_000, (turn) => {
    const pod = (turn * 7_919) % size.pods;
    const object = podAt(pod, size, (pod + turn) % NODES);
    return () => index.apply({ type: 'upsert', kind: 'Pod', object });
  });
  const podStatusEvent = sample(4_000, 1_000, (turn) => {
    const object = { ...steady.pods[(turn * 7_919) % size.pods]!, podIPs: [`10.0.0.${turn % 250}`] };
    return () => index.apply({ type: 'upsert', kind: 'Pod', object });
  });
  const bindingEvent = sample(400, 100, (turn) => {
    const object = bindingAt((turn * 31) % BINDINGS, size, turn % IDENTITIES);
    return () => index.apply({ type: 'upsert', kind: 'AzureIdentityBinding', object });
  });
  const keys = [...index.resources()];
  const planFor = sample(500, 50, (turn) => () => index.planFor(keys[turn % keys.length]!));
  return {
    pods: size.pods,
    fullPlan,
    fullPlanSteady,
    build,
    podEvent,
    podStatusEvent,
    bindingEvent,
    planFor,
    heap,
    heapSteady,
  };
}

/** Before MIC has written anything: nothing is assigned yet. */
function measureCold(size: ClusterSize): { fullPlan: number; heap: number } {
  const before = heapInUse();
  const cluster = buildCluster(size);
  const fullPlan = medianPlan(cluster);
  const { index } = indexOf(cluster);
  const heap = heapInUse() - before;
  // Both are in use up to here, so that the figure holds the objects and the index.
  if (index.resources().size === 0 || cluster.pods.length === 0) throw new Error('nothing was indexed');
  return { fullPlan, heap };
}

function medianPlan(snapshot: Snapshot): number {
  // What building the objects left behind is not the plan's to clean up.
  heapInUse();
  return percentile(
    sample(9, 3, () => () => plan(snapshot)),
    0.5,
  );
}

function indexOf(snapshot: Snapshot): { index: AssignmentIndex; milliseconds: number } {
  const index = new AssignmentIndex(DEFAULT_POLICY);
  const milliseconds = millisecondsOf(() => {
    for (const event of eventsOf(snapshot)) index.apply(event);
  });
  return { index, milliseconds };
}

function* eventsOf({
  nodes,
  identities,
  bindings,
  assignedIdentities,
  pods,
}: Snapshot): IterableIterator<ClusterEvent> {
  for (const object of nodes) yield { type: 'upsert', kind: 'Node', object };
  for (const object of identities) yield { type: 'upsert', kind: 'AzureIdentity', object };
  for (const object of bindings) yield { type: 'upsert', kind: 'AzureIdentityBinding', object };
  for (const object of assignedIdentities) yield { type: 'upsert', kind: 'AzureAssignedIdentity', object };
  for (const object of pods) yield { type: 'upsert', kind: 'Pod', object };
}

function tableOf(figures: readonly Figures[]): Table {
  const row = (title: string, cell: (figure: Figures) => string): string[] => [title, ...figures.map(cell)];
  const times = (samples: readonly number[]): string =>
    `${formatTime(percentile(samples, 0.5))} / ${formatTime(percentile(samples, 0.99))}`;
  return {
    title: 'matcher',
    note:
      `${BINDINGS.toLocaleString('en')} bindings, ${IDENTITIES} identities, ${NODES} nodes in ${NODES / 10} scale sets; every pod has the label. ` +
      'Times of one event are median / 99th percentile. "Assigned" is the cluster once every assignment has its AzureAssignedIdentity.',
    columns: ['', ...figures.map(({ pods }) => `${pods.toLocaleString('en')} pods`)],
    rows: [
      row('full plan, nothing assigned yet', ({ fullPlan }) => formatTime(fullPlan)),
      row('full plan, all assigned', ({ fullPlanSteady }) => formatTime(fullPlanSteady)),
      row('index from all events, all assigned', ({ build }) => formatTime(build)),
      row('pod moves to another node', ({ podEvent }) => times(podEvent)),
      row('pod changes its address only', ({ podStatusEvent }) => times(podStatusEvent)),
      row('binding moves to another identity', ({ bindingEvent }) => times(bindingEvent)),
      row('plan of one scale set', ({ planFor }) => times(planFor)),
      row('heap: objects and index, nothing assigned yet', ({ heap }) => formatBytes(heap)),
      row('heap: objects and index, all assigned', ({ heapSteady }) => formatBytes(heapSteady)),
    ],
  };
}
