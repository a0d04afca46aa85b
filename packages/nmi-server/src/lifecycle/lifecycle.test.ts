import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NmiEffects } from '../nmi.js';
import { FakeIptables } from '../testing/fake-iptables.js';
import { eventually, machine, SimulatedNode, type RunningNmi } from '../testing/simulated-nmi.js';

const namespace = 'team-a';
const name = 'nmi';
const pod = 'nmi-abcde';
const labels = { app: name };
const template = {
  metadata: { labels },
  spec: { hostNetwork: true, containers: [{ name, image: 'example.invalid/nmi' }] },
};

describe('the end of nmi', () => {
  let node: SimulatedNode;
  let iptables: FakeIptables;
  let nmi: RunningNmi;

  const createDaemonSet = (finalizers: readonly string[] = []): void =>
    void node.simulator.kubernetes.objects.create('daemonsets.apps', {
      metadata: { namespace, name, finalizers: [...finalizers] },
      spec: { selector: { matchLabels: labels }, template },
    } as never);
  const createPod = (owners: readonly object[]): void =>
    void node.simulator.kubernetes.objects.create('pods', {
      metadata: { namespace, name: pod, labels, ownerReferences: owners },
      spec: { ...template.spec, nodeName: machine },
    } as never);
  const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid: 'u', controller: true };
  const start = async (flags: readonly string[] = [], effects: Partial<NmiEffects> = {}): Promise<void> => {
    nmi = await node.nmi(
      ['--interception=iptables', `--pod-name=${pod}`, `--pod-namespace=${namespace}`, ...flags],
      { run: iptables.run, ...effects },
    );
    expect(iptables.nat().chain).toBeDefined();
  };
  /** Stops nmi as SIGTERM does. @returns whether its rules are gone */
  const stop = async (): Promise<boolean> => {
    await nmi.stop();
    return iptables.nat().chain === undefined;
  };
  const said = (text: string): boolean => nmi.lines.some((line) => line.includes(text));
  const watching = (): Promise<unknown> => eventually(() => asks() >= 2);
  const asks = (): number => node.simulator.faults.list()[0]?.hits ?? -1;
  const fail = (path: string, status: number): void =>
    void node.simulator.faults.add({ target: 'kubernetes', path, action: { kind: 'status', status } });

  beforeEach(async () => {
    node = await SimulatedNode.start({ identities: [] }, []);
    iptables = new FakeIptables('iptables-nft', 'ip6tables-nft');
    // Counts the requests for DaemonSets, and lets them through.
    node.simulator.faults.add({
      target: 'kubernetes',
      path: 'daemonsets',
      action: { kind: 'latency', ms: 0 },
    });
  });
  afterEach(() => node[Symbol.asyncDispose]());

  it('by a restart or a rolling update keeps the rules', async () => {
    createDaemonSet();
    createPod([owner]);
    await start();
    await watching();
    node.delete('pods', namespace, pod);
    expect(await stop()).toBe(false);
    expect(said('stays: the DaemonSet of NMI is still there')).toBe(true);
  });

  it('by a deletion of the DaemonSet in the background removes them', async () => {
    createDaemonSet();
    createPod([owner]);
    await start();
    await watching();
    node.delete('daemonsets.apps', namespace, name);
    node.delete('pods', namespace, pod);
    expect(await stop()).toBe(true);
    expect(said('goes: the DaemonSet of NMI is deleted')).toBe(true);
  });

  it('by a deletion of the DaemonSet in the foreground removes them', async () => {
    createDaemonSet(['foregroundDeletion']);
    createPod([owner]);
    await start();
    node.delete('daemonsets.apps', namespace, name);
    expect(await stop()).toBe(true);
    expect(said('goes: the DaemonSet of NMI is being deleted')).toBe(true);
  });

  it('by a deletion that took its own permissions first removes them', async () => {
    createDaemonSet();
    createPod([owner]);
    await start();
    await watching();
    fail('daemonsets', 403);
    fail('api/v1/namespaces/.*/pods/', 403);
    node.delete('daemonsets.apps', namespace, name);
    // The watch that is open goes on, and is the only one to tell.
    await eventually(() => said('of NMI is gone'));
    expect(await stop()).toBe(true);
    expect(said('goes: the DaemonSet of NMI is deleted')).toBe(true);
  });

  it('of a pod that an orphaning deletion left running removes them, once that pod goes', async () => {
    createDaemonSet();
    createPod([owner]);
    await start();
    await watching();
    node.delete('daemonsets.apps', namespace, name);
    expect(iptables.nat().chain).toBeDefined();
    expect(await stop()).toBe(true);
  });

  it('after the DaemonSet was deleted and created again keeps them', async () => {
    createDaemonSet();
    createPod([owner]);
    await start();
    await watching();
    node.delete('daemonsets.apps', namespace, name);
    createDaemonSet();
    expect(await stop()).toBe(false);
  });

  it('with the API server gone keeps them', async () => {
    createDaemonSet();
    createPod([owner]);
    await start();
    await watching();
    node.simulator.faults.add({ target: 'kubernetes', action: { kind: 'reset' } });
    const before = Date.now();
    expect(await stop()).toBe(false);
    expect(Date.now() - before).toBeLessThan(10_000);
    expect(said('stays: whether NMI is uninstalled is not known')).toBe(true);
  });

  it('without the permission to read the DaemonSet keeps them, and says so once', async () => {
    createDaemonSet();
    createPod([owner]);
    fail('daemonsets', 403);
    await start();
    await eventually(() => said('cannot watch the DaemonSet team-a/nmi of NMI'));
    node.delete('daemonsets.apps', namespace, name);
    expect(await stop()).toBe(false);
    expect(said('stays: whether NMI is uninstalled is not known')).toBe(true);
    expect(nmi.lines.filter((line) => line.includes('cannot watch the DaemonSet'))).toHaveLength(1);
  });

  it('behind something that answers 404 to everything keeps them', async () => {
    createDaemonSet();
    createPod([owner]);
    await start();
    await watching();
    node.simulator.faults.add({
      target: 'kubernetes',
      path: 'daemonsets',
      action: { kind: 'status', status: 404, body: 'no such page' },
    });
    expect(await stop()).toBe(false);
  });

  it('of a pod that no DaemonSet made keeps them', async () => {
    createPod([{ ...owner, apiVersion: 'apps/v1', kind: 'ReplicaSet' }]);
    await start();
    await eventually(() => said('belongs to no DaemonSet'));
    expect(await stop()).toBe(false);
  });

  it('that was not told its own pod keeps them, and asks for nothing', async () => {
    createDaemonSet();
    await start(['--pod-name=']);
    expect(said('POD_NAME')).toBe(true);
    node.delete('daemonsets.apps', namespace, name);
    expect(await stop()).toBe(false);
    expect(asks()).toBe(0);
  });
});

describe('the startup taint', () => {
  const key = 'aadpodidentity.k8s.io/nmi-not-ready';
  const other = { key: 'example.com/other', effect: 'NoSchedule' };
  let node: SimulatedNode;

  const taints = (): readonly { key: string }[] => {
    const object = node.simulator.kubernetes.objects.get('nodes', { name: machine }) as unknown as {
      spec: { taints?: { key: string }[] };
    };
    return object.spec.taints ?? [];
  };
  const taint = (list: readonly object[]): void => {
    const object = node.simulator.kubernetes.objects.get('nodes', { name: machine });
    const spec = (object as unknown as { spec: object }).spec;
    node.simulator.kubernetes.objects.update('nodes', {
      ...object,
      spec: { ...spec, taints: list },
    } as never);
  };

  beforeEach(async () => {
    node = await SimulatedNode.start({ identities: [] }, []);
  });
  afterEach(() => node[Symbol.asyncDispose]());

  it('goes once requests are redirected, and not before; others stay', async () => {
    taint([{ key, effect: 'NoSchedule' }, other, { key, effect: 'NoExecute' }]);
    const iptables = new FakeIptables('iptables-nft');
    iptables.broken = 'busy';
    const nmi = await node.nmi(['--interception=iptables', '--startup-taint'], { run: iptables.run });
    expect(taints()).toHaveLength(3);
    iptables.broken = undefined;
    await eventually(() => taints().length === 1);
    expect(taints()).toEqual([other]);
    await eventually(() => nmi.lines.some((line) => line.includes('is off node vm-0')));
  });

  it('stays without the flag', async () => {
    taint([{ key, effect: 'NoSchedule' }]);
    const nmi = await node.nmi(['--interception=iptables'], { run: new FakeIptables('iptables-nft').run });
    await nmi.stop();
    expect(taints()).toHaveLength(1);
  });

  it('stays while what is redirected does not reach NMI', async () => {
    taint([{ key, effect: 'NoSchedule' }]);
    const requests = (): number => node.simulator.faults.list()[0]?.hits ?? -1;
    node.simulator.faults.add({
      target: 'kubernetes',
      path: '/nodes/',
      action: { kind: 'latency', ms: 0 },
    });
    let localnet = false;
    const nmi = await node.nmi(['--interception=iptables', '--startup-taint'], {
      run: new FakeIptables('iptables-nft').run,
      routesLocalnet: () => Promise.resolve(localnet),
    });
    await eventually(async () =>
      (await (await fetch(`http://127.0.0.1:${nmi.probes}/readyz`)).text()).startsWith(
        'requests are redirected to',
      ),
    );
    expect([requests(), taints().length]).toEqual([0, 1]);
    localnet = true;
    await eventually(() => taints().length === 0);
  });
});
