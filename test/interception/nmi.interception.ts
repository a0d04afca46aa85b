import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, SimulatedNode } from '../../packages/nmi-server/src/testing/simulated-nmi.js';
import { countsOf, startHammer, startImds } from './fake-node-programs.js';
import { startInNamespace, type NamespaceProcess } from './namespace-process.js';
import { createTestNode, imdsAddress, nodeAddress, podAddress, type TestNode } from './network-namespace.js';

const program = fileURLToPath(new URL('../../packages/nmi-server/src/bin/nmi.ts', import.meta.url));
const backends = ['nft', 'legacy'] as const;

describe.each(backends)('the program nmi on a node with iptables-%s', (backend) => {
  let node: TestNode;
  let imds: NamespaceProcess;
  let folder: string;
  const programs: NamespaceProcess[] = [];

  const started = (...args: readonly string[]): NamespaceProcess => {
    const nmi = startInNamespace(
      node.name,
      process.execPath,
      ['--conditions=@aad-pod-identity/source', '--import', 'tsx', program, ...args],
      { KUBECONFIG: '' },
    );
    programs.push(nmi);
    return nmi;
  };
  /** NMI without an API server: it redirects, and answers 503. */
  const startNmi = (...flags: readonly string[]): NamespaceProcess =>
    started(
      '--node=n',
      `--kubeconfig=${join(folder, 'kubeconfig')}`,
      `--nmi-listen-address=${nodeAddress}`,
      `--iptables-backend=${backend}`,
      ...flags,
    );
  const hasRules = async (): Promise<boolean> =>
    (await node.rules(`iptables-${backend}`)).includes('aad-metadata');
  const readiness = async (): Promise<string> => {
    const script = `fetch('http://127.0.0.1:8080/readyz').then((r) => r.text()).then((text) => process.stdout.write(text));`;
    const result = await node.onNode(process.execPath, ['-e', script]);
    return result.kind === 'exited' ? result.stdout : '';
  };

  beforeEach(async () => {
    node = createTestNode();
    imds = await startImds(node);
    programs.push(imds);
    folder = await mkdtemp(join(tmpdir(), 'nmi-interception-'));
    await writeFile(
      join(folder, 'kubeconfig'),
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'u', user: { token: 't' } }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'c',
      }),
    );
  });
  afterEach(async () => {
    await Promise.all(programs.splice(0).map((one) => one[Symbol.asyncDispose]()));
    node[Symbol.dispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('lets no request of a pod through to IMDS while it is killed, restarted and stopped', async () => {
    const hammer = startHammer(node, imdsAddress);
    programs.push(hammer);
    await hammer.line(/now imds/);
    const outcomes = (): readonly string[] => hammer.lines.filter((line) => line.startsWith('now'));
    const becomes = (outcome: string, after: number): Promise<void> =>
      hammer.until(() => outcomes().indexOf(`now ${outcome}`, after) >= 0);

    // Without that, what the kernel remembers of connections before the rules can let one through whose port is used again.
    const flag = '--enable-conntrack-deletion';
    let nmi = startNmi(flag);
    await becomes('status 503', 0);
    // What IMDS says of the node comes after all that it had to say of the pod.
    await node.onNode(process.execPath, ['-e', `fetch('http://${imdsAddress}/')`]);
    await imds.line(/reached by .*169\.254\.169\.1$/);
    const reachedBefore = imds.lines.length;
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      const before = outcomes().length;
      expect(await nmi.end(signal)).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 0);
      await becomes('ECONNREFUSED', before);
      nmi = startNmi(flag);
      await becomes('status 503', before);
    }
    const counts = await countsOf(hammer);
    expect(counts['ECONNREFUSED']).toBeGreaterThan(10);
    expect(imds.lines.slice(reachedBefore)).toEqual([]);
    expect(imds.lines[1]).toContain(podAddress);
    await nmi.line(/the rules of an earlier NMI, as they must be/);
  });

  it('takes its rules with it where it is told to, and nmi uninstall does where nothing runs any more', async () => {
    const before = await node.rules(`iptables-${backend}`);
    const first = startNmi('--cleanup-on-exit=always');
    await first.line(/are redirected to/);
    expect(await hasRules()).toBe(true);
    expect(await first.end('SIGTERM')).toBe(0);
    expect(await hasRules()).toBe(false);

    const second = startNmi();
    await second.line(/are redirected to/);
    await second.end('SIGKILL');
    expect(await hasRules()).toBe(true);
    const uninstall = started('uninstall');
    expect(await uninstall.line(new RegExp(`iptables \\(${backend}\\)`))).toContain('is taken away');
    expect(await hasRules()).toBe(false);
    expect(
      (await node.rules(`iptables-${backend}`)).replace(/^:.* ACCEPT .*\n|^\*nat\n|^COMMIT\n/gm, ''),
    ).toBe(before.replace(/^:.* ACCEPT .*\n|^\*nat\n|^COMMIT\n/gm, ''));
  });

  it('is ready for pods only where its target takes them, and says what to run', async () => {
    const nmi = startNmi('--nmi-listen-address=127.0.0.1');
    await nmi.line(/are redirected to 127\.0\.0\.1/);
    await nmi.line(/sysctl -w net\.ipv4\.conf\.all\.route_localnet=1/);
    expect(await readiness()).toContain('route_localnet');
    await node.onNode('sysctl', ['-qw', 'net.ipv4.conf.all.route_localnet=1']);
    await eventually(async () => {
      const text = await readiness();
      return text.includes('no list of pods yet') && !text.includes('route_localnet');
    });
  });

  it('is not ready where its target is not itself', async () => {
    const nmi = startNmi('--nmi-listen-address=0.0.0.0', '--host-ip=10.77.0.77');
    await nmi.line(/are redirected to 10\.77\.0\.77, where|redirected to 10\.77\.0\.77 port 2579, where/);
    expect(await readiness()).toContain('check --host-ip');
  });

  it('refuses to start on a node that uses kubenet', async () => {
    await node.onNode('ip', ['link', 'add', 'cbr0', 'type', 'bridge']);
    const nmi = startNmi();
    expect(await nmi.line(/kubenet/)).toContain('the node has the bridge cbr0');
    expect(await hasRules()).toBe(false);
  });
});

describe.each(backends)('the end of nmi on a node with iptables-%s', (backend) => {
  const namespace = 'team-a';
  const labels = { app: 'nmi' };
  const spec = { hostNetwork: true, containers: [{ name: 'nmi', image: 'example.invalid/nmi' }] };
  let cluster: SimulatedNode;
  let node: TestNode;

  const run = async (): Promise<{ stop: () => Promise<string> }> => {
    const nmi = await cluster.nmi(
      [
        '--interception=iptables',
        `--iptables-backend=${backend}`,
        `--pod-namespace=${namespace}`,
        '--pod-name=nmi-abcde',
      ],
      { run: node.onNode, follow: node.followOnNode },
    );
    await eventually(() => nmi.lines.some((line) => line.includes('of NMI is present')));
    expect(await node.rules(`iptables-${backend}`)).toContain('aad-metadata');
    return {
      stop: async () => {
        await nmi.stop();
        const rules = await node.rules(`iptables-${backend}`);
        return rules.includes('aad-metadata') ? 'kept' : 'removed';
      },
    };
  };
  const daemonSet = (finalizers: readonly string[] = []): void =>
    void cluster.simulator.kubernetes.objects.create('daemonsets.apps', {
      metadata: { namespace, name: 'nmi', finalizers: [...finalizers] },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    } as never);

  beforeEach(async () => {
    node = createTestNode();
    cluster = await SimulatedNode.start({ identities: [] }, []);
    cluster.simulator.kubernetes.objects.create('pods', {
      metadata: {
        namespace,
        name: 'nmi-abcde',
        labels,
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'nmi', uid: 'u', controller: true },
        ],
      },
      spec: { ...spec, nodeName: 'vm-0' },
    } as never);
  });
  afterEach(async () => {
    await cluster[Symbol.asyncDispose]();
    node[Symbol.dispose]();
  });

  it('keeps the rules in a rolling update', async () => {
    daemonSet();
    const nmi = await run();
    cluster.delete('pods', namespace, 'nmi-abcde');
    expect(await nmi.stop()).toBe('kept');
  });

  it('removes them when the DaemonSet is deleted in the background', async () => {
    daemonSet();
    const nmi = await run();
    cluster.delete('daemonsets.apps', namespace, 'nmi');
    cluster.delete('pods', namespace, 'nmi-abcde');
    expect(await nmi.stop()).toBe('removed');
  });

  it('removes them when the DaemonSet is deleted in the foreground', async () => {
    daemonSet(['foregroundDeletion']);
    const nmi = await run();
    cluster.delete('daemonsets.apps', namespace, 'nmi');
    expect(await nmi.stop()).toBe('removed');
  });

  it('keeps them when the API server is gone', async () => {
    daemonSet();
    const nmi = await run();
    cluster.simulator.faults.add({ target: 'kubernetes', action: { kind: 'reset' } });
    expect(await nmi.stop()).toBe('kept');
  });
});
