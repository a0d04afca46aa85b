import { VirtualClock } from '@aad-pod-identity/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { createKubernetesApi, type KubernetesApi } from '../kubernetes/index.js';
import { createRandom } from '../random.js';
import { azureWorld } from '../testing/azure-world.js';
import { machinesOf } from '../azure/compute/compute-resource.js';
import { Nodes } from './nodes.js';
import { podAddressAnnotation, podPhaseAnnotation, podTerminationAnnotation } from './pod-object.js';
import type { Loose } from '../testing/loose.js';

let clock: VirtualClock;
let cluster: KubernetesApi;
let nodes: Nodes;
let startMs: number;
const spec = { containers: [{ name: 'main', image: 'app:1' }] };

beforeEach(() => {
  startMs = 0;
  clock = new VirtualClock(Date.UTC(2026, 0, 1));
  cluster = createKubernetesApi({
    clock,
    random: createRandom('nodes'),
    adminToken: 'x',
    issuer: 'https://issuer.test',
  });
  nodes = new Nodes({
    cluster,
    clock,
    podAddresses: ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
    start: () => startMs,
    termination: () => 500,
  });
  nodes.start();
  const { populate } = azureWorld();
  nodes.add(machinesOf(populate.virtualMachine({ name: 'a' }))[0]!, '10.240.0.4');
  nodes.add(machinesOf(populate.virtualMachine({ name: 'b' }))[0]!, '10.240.0.5');
});

function create(name: string, more: { annotations?: Record<string, string>; spec?: object } = {}): void {
  const { annotations = {} } = more;
  cluster.objects.create('pods', {
    metadata: { name, namespace: 'default', annotations },
    spec: { ...spec, ...more.spec },
  });
}

const pod = (name: string): Loose => cluster.objects.find('pods', { name, namespace: 'default' });

describe('a pod', () => {
  it('is on its node before its containers run', async () => {
    startMs = 2_000;
    create('slow');
    await clock.advance(1_999);
    expect(pod('slow')).toMatchObject({ spec: { nodeName: 'a' }, status: { phase: 'Pending' } });
    await clock.advance(2);
    expect(pod('slow').status).toMatchObject({ phase: 'Running', podIP: '10.0.0.1' });
  });

  it('gets a node with the fewest pods, an address, and runs', async () => {
    for (const name of ['p1', 'p2', 'p3']) create(name);
    expect(pod('p1').spec.nodeName ?? '').toBe('');
    await clock.advance(1);
    expect(['p1', 'p2', 'p3'].map((name) => pod(name).spec.nodeName)).toEqual(['a', 'b', 'a']);
    expect(pod('p2').status).toMatchObject({
      phase: 'Running',
      podIP: '10.0.0.2',
      podIPs: [{ ip: '10.0.0.2' }],
      hostIP: '10.240.0.5',
      containerStatuses: [{ name: 'main', ready: true }],
    });
    const ready = pod('p1').status.conditions.find((one: Loose) => one.type === 'Ready');
    expect(ready.status).toBe('True');
  });

  it('goes only where its selector and the taints allow, and waits where nothing does', async () => {
    create('picky', { spec: { nodeSelector: { 'kubernetes.io/hostname': 'b' } } });
    create('waiting', { spec: { nodeSelector: { disk: 'ssd' } } });
    await clock.advance(1);
    expect(pod('picky').spec.nodeName).toBe('b');
    expect(pod('waiting').spec.nodeName ?? '').toBe('');
    const type = 'application/merge-patch+json';
    cluster.objects.patch('nodes', { name: 'a' }, { type, body: { metadata: { labels: { disk: 'ssd' } } } });
    await clock.advance(1);
    expect(pod('waiting').status.phase).toBe('Running');
    const taints = [{ key: 'k', value: 'v', effect: 'NoSchedule' }];
    for (const name of ['a', 'b'])
      cluster.objects.patch('nodes', { name }, { type, body: { spec: { taints } } });
    create('plain');
    create('tolerant', {
      spec: { tolerations: [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }] },
    });
    await clock.advance(1);
    expect([pod('plain').spec.nodeName ?? '', pod('tolerant').status.phase]).toEqual(['', 'Running']);
  });

  it('can have a fixed address, that of the host, or none left', async () => {
    create('fixed', { annotations: { [podAddressAnnotation]: '10.9.9.9' } });
    create('twin', { annotations: { [podAddressAnnotation]: '10.9.9.9' } });
    create('host', { spec: { hostNetwork: true, nodeName: 'b' } });
    for (const name of ['p1', 'p2', 'p3', 'p4']) create(name);
    await clock.advance(1);
    expect([pod('fixed').status.podIP, pod('twin').status.podIP, pod('host').status.podIP]).toEqual([
      '10.9.9.9',
      '10.9.9.9',
      '10.240.0.5',
    ]);
    expect(pod('p4').status.phase).toBe('Pending');
  });

  it('ends when asked to, and its address goes to the next', async () => {
    create('job', { annotations: { [podPhaseAnnotation]: 'Succeeded' } });
    create('other');
    await clock.advance(1);
    expect(pod('job').status).toMatchObject({ phase: 'Succeeded', podIP: '10.0.0.1' });
    nodes.finishPod({ name: 'other', namespace: 'default' }, 'Failed');
    expect(pod('other').status.phase).toBe('Failed');
    for (const name of ['p1', 'p2', 'p3']) create(name);
    await clock.advance(1);
    expect(['p1', 'p2', 'p3'].map((name) => pod(name).status.podIP)).toEqual([
      '10.0.0.3',
      '10.0.0.1',
      '10.0.0.2',
    ]);
  });

  it('stays a while after its deletion, never longer than its grace period', async () => {
    create('usual');
    create('slow', { annotations: { [podTerminationAnnotation]: '60000' } });
    await clock.advance(1);
    for (const name of ['usual', 'slow']) cluster.objects.delete('pods', { name, namespace: 'default' });
    expect(pod('usual').metadata.deletionTimestamp).toBeDefined();
    await clock.advance(499);
    expect(pod('usual')).toBeDefined();
    await clock.advance(1);
    expect(pod('usual')).toBeUndefined();
    await clock.advance(29_000);
    expect(pod('slow')).toBeDefined();
    await clock.advance(1_000);
    expect(pod('slow')).toBeUndefined();
  });

  it('runs, and ends, also after watches were cut off', async () => {
    cluster.dropWatches();
    cluster.dropWatches(undefined, true);
    create('late');
    await clock.advance(1);
    expect(pod('late').status.phase).toBe('Running');
    cluster.objects.delete('pods', { name: 'late', namespace: 'default' });
    await clock.advance(500);
    expect(pod('late')).toBeUndefined();
  });

  it('that is deleted before it began to run goes too', async () => {
    create('early', { spec: { nodeName: 'a' } });
    cluster.objects.delete('pods', { name: 'early', namespace: 'default' });
    await clock.advance(500);
    expect(pod('early')).toBeUndefined();
  });
});

describe('a node', () => {
  it('is ready and names its machine', () => {
    const node: Loose = cluster.objects.get('nodes', { name: 'a' });
    expect(node.spec.providerID).toMatch(/^azure:\/\/\/subscriptions\/.*\/virtualMachines\/a$/);
    expect(node.status.conditions[0]).toMatchObject({ type: 'Ready', status: 'True' });
  });

  it('takes its pods along', async () => {
    create('p1', { spec: { nodeName: 'a' } });
    await clock.advance(1);
    nodes.remove('a');
    expect(pod('p1')).toBeUndefined();
    expect(nodes.names()).toEqual(['b']);
    create('p2', { spec: { nodeName: 'a' } });
    await clock.advance(1_000);
    expect(pod('p2').status.phase).toBe('Pending');
  });

  it('leaves nothing to be done when everything stops', async () => {
    create('p1');
    nodes.stop();
    await clock.advance(1_000);
    expect(pod('p1').spec.nodeName ?? '').toBe('');
  });
});
