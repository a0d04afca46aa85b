import { UsageError } from '@aad-pod-identity/program';
import { KubernetesError, type Connection } from '@aad-pod-identity/kubernetes';
import { describe, expect, it } from 'vitest';
import { runNmi, type NmiEffects } from './nmi.js';
import { FakeIptables } from './testing/fake-iptables.js';
import { eventually, harmlessEffects } from './testing/simulated-nmi.js';

const unreachable: Connection = {
  server: 'https://api.example',
  request: () => Promise.reject(new KubernetesError('network', 'cannot reach https://api.example')),
  close: () => Promise.resolve(),
};
/** Runs nmi with flags; `stop` ends it. */
function run(
  argv: readonly string[],
  effects: Partial<NmiEffects> = {},
  environment: Readonly<Record<string, string>> = {},
) {
  const stop = new AbortController();
  const lines: string[] = [];
  let printed = '';
  let ports: { nmi: number; probes: number } | undefined;
  const ended = runNmi(
    { argv, environment, stop: stop.signal, print: (text) => (printed += text) },
    {
      ...harmlessEffects((line) => lines.push(line)),
      connect: () => Promise.resolve(unreachable),
      onListening: (open) => (ports = open),
      ...effects,
    },
  );
  return { ended, lines, stop, printed: () => printed, ports: () => ports };
}
const local = ['--node=n', '--nmi-port=0', '--http-probe-port=0', '--prometheus-port=0'];

describe('the command line of nmi', () => {
  it.each<[string, readonly string[], Readonly<Record<string, string>>]>([
    ['--node is missing', [], {}],
    ['--operation-mode=managed needs --forceNamespaced', ['--node=n', '--operation-mode=managed'], {}],
    ['is not an IP address', ['--node=n', '--nmi-listen-address=nowhere'], {}],
    ['is not an IP address', ['--node=n', '--metadata-ip=imds'], {}],
    ['IPv4 address cannot be redirected to fd00::2', ['--node=n', '--nmi-listen-address=fd00::2'], {}],
    ['IPv6 address cannot be redirected to 127.0.0.1', ['--node=n', '--metadata-ip=fd00::1'], {}],
    [
      'cannot be redirected to ::1',
      ['--node=n', '--metadata-ip=fd00::1', '--nmi-listen-address=::', '--host-ip='],
      {},
    ],
    ['does not go with --interception=none', ['--node=n', '--startup-taint', '--interception=none'], {}],
    ['"install" is no command', ['install'], {}],
    ['unknown flag --nodes', ['--nodes=n'], {}],
    ['--nmi-port: "x" is not', ['--nmi-port=x'], {}],
    [
      '--allowed-ad-endpoints: "http://a.example" is not',
      ['--node=n', '--allowed-ad-endpoints=https://b.example,http://a.example'],
      {},
    ],
    ['AZURE_AUTHORITY_HOST: "login.example" is not', ['--node=n'], { AZURE_AUTHORITY_HOST: 'login.example' }],
    ['FORCENAMESPACED: "maybe" is not', ['--node=n'], { FORCENAMESPACED: 'maybe' }],
  ])('is refused in one line: %s', async (message, argv, environment) => {
    const error: unknown = await run(argv, {}, environment).ended.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('\n');
  });

  it('of a running cluster still parses', async () => {
    const argv = [
      '-node=n',
      '--MICNamespace=kube-system',
      '--enableScaleFeatures=true',
      '--enableProfile',
      '--operation-mode',
      'managed',
      '--kubelet-config=/nowhere',
      '--retry-attempts-for-created=16',
      '--retry-attempts-for-assigned=4',
      '--find-identity-retry-interval=5',
      '--ipt-update-interval-sec=60',
      '--host-ip=10.0.0.4',
      '--metadata-header-required=true',
      '--block-instance-metadata=false',
      '--set-retry-after-header',
      '--enable-conntrack-deletion=false',
      '--custom-user-agent=x',
      '--logtostderr',
      '-v=2',
      '--interception=none',
    ];
    const nmi = run([...argv, ...local.slice(1)], {}, { FORCENAMESPACED: 'true' });
    await eventually(() => nmi.ports());
    nmi.stop.abort();
    expect(await nmi.ended).toBe(0);
    expect(nmi.lines.join('')).toContain('--MICNamespace has no effect');
  });

  it('prints help and version, and no address that is taken', async () => {
    const help = run(['--help']);
    expect(await help.ended).toBe(0);
    expect(help.printed()).toMatch(/--nmi-port integer \(default 2579\)[\s\S]*nmi uninstall/);
    const version = run(['--version']);
    expect(await version.ended).toBe(0);
    expect(version.printed()).toMatch(/^nmi \d/);
    const first = run([...local, '--interception=none']);
    const { nmi } = await eventually(() => first.ports());
    await expect(run(['--node=n', `--nmi-port=${nmi}`, '--interception=none']).ended).rejects.toThrow(
      /another program listens there/,
    );
    first.stop.abort();
    await first.ended;
  });

  it('refuses kubenet unless it is accepted', async () => {
    const effects = { readNetworkFacts: () => Promise.resolve({ interfaces: ['cbr0'] }) };
    await expect(run([...local, '--interception=none'], effects).ended).rejects.toThrow(
      /cbr0.*--allow-network-plugin-kubenet/,
    );
    const nmi = run([...local, '--interception=none', '--allow-network-plugin-kubenet'], effects);
    await eventually(() => nmi.ports());
    nmi.stop.abort();
    await nmi.ended;
  });
});

describe('the redirection of nmi', () => {
  it.each([
    ['auto', false],
    ['never', false],
    ['always', true],
  ])('with --cleanup-on-exit=%s goes with nmi: %s', async (cleanup, goes) => {
    const iptables = new FakeIptables('iptables-nft', 'ip6tables-nft');
    const nmi = run([...local, `--cleanup-on-exit=${cleanup}`, '--enable-conntrack-deletion'], {
      run: iptables.run,
    });
    const { nmi: port, probes } = await eventually(() => nmi.ports());
    expect(iptables.inputs[0]).toContain(
      `-d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:${port}`,
    );
    expect(iptables.calls).toContain(
      'conntrack -D -f ipv4 -p tcp --orig-dst 169.254.169.254 --orig-port-dst 80 --reply-src 169.254.169.254',
    );
    expect(await (await fetch(`http://127.0.0.1:${probes}/readyz`)).text()).not.toContain('redirected');
    nmi.stop.abort();
    await nmi.ended;
    expect(iptables.nat().chain === undefined).toBe(goes);
  });

  it('that cannot be made keeps nmi from being ready, and it says why, once', async () => {
    const nmi = run([...local, '--ipt-update-interval-sec=1']);
    const { probes } = await eventually(() => nmi.ports());
    expect(await (await fetch(`http://127.0.0.1:${probes}/readyz`)).text()).toMatch(
      /requests are not redirected to NMI: iptables is not installed: NMI needs iptables 1\.8/,
    );
    nmi.stop.abort();
    await nmi.ended;
    expect(nmi.lines.filter((line) => line.includes('is not installed'))).toHaveLength(1);
  });

  it('to a loopback address that the kernel drops keeps nmi from being ready, and it says what to run', async () => {
    const iptables = new FakeIptables('iptables-nft');
    let localnet = false;
    const nmi = run(local, { run: iptables.run, routesLocalnet: () => Promise.resolve(localnet) });
    const { probes } = await eventually(() => nmi.ports());
    const readiness = async (): Promise<string> => (await fetch(`http://127.0.0.1:${probes}/readyz`)).text();
    expect(await readiness()).toContain('run "sysctl -w net.ipv4.conf.all.route_localnet=1" on the node');
    expect(nmi.lines.join('')).toContain('route_localnet=1');
    localnet = true;
    await eventually(async () => !(await readiness()).includes('route_localnet'));
    nmi.stop.abort();
    await nmi.ended;
  });

  it('goes only after NMI has stopped accepting', async () => {
    const iptables = new FakeIptables('iptables-nft');
    const accepted: boolean[] = [];
    const nmi = run([...local, '--cleanup-on-exit=always'], {
      run: async (program, args, input) => {
        if (input?.includes('-X aad-metadata') === true) {
          const answer = fetch(`http://127.0.0.1:${nmi.ports()?.nmi}/`);
          accepted.push(
            await answer.then(
              () => true,
              () => false,
            ),
          );
        }
        return iptables.run(program, args, input);
      },
    });
    await eventually(() => nmi.ports());
    nmi.stop.abort();
    await nmi.ended;
    expect([accepted, iptables.nat().chain]).toEqual([[false], undefined]);
  });

  it('is taken away by nmi uninstall from every rule set, and by nothing else of it', async () => {
    const iptables = new FakeIptables('iptables-nft', 'iptables-legacy', 'ip6tables-nft');
    const before = run(['uninstall'], { run: iptables.run });
    expect(await before.ended).toBe(0);
    expect(before.printed()).toBe(
      'iptables (nft): there is no redirection\niptables (legacy): there is no redirection\nip6tables (nft): there is no redirection\n',
    );
    expect(iptables.inputs).toEqual([]);
    for (const program of ['iptables-legacy', 'ip6tables-nft']) {
      iptables.nat(program).prerouting.unshift('-A PREROUTING -j aad-metadata');
      iptables.nat(program).chain = ['-A aad-metadata -j RETURN'];
    }
    const after = run(['uninstall'], { run: iptables.run });
    expect(await after.ended).toBe(0);
    expect(after.printed()).toBe(
      'iptables (nft): there is no redirection\niptables (legacy): the redirection is taken away\nip6tables (nft): the redirection is taken away\n',
    );
    for (const nat of iptables.sets.values())
      expect([nat.prerouting, nat.chain]).toEqual([['-A PREROUTING -j KUBE-SERVICES'], undefined]);
  });

  it('is said to stay where nmi uninstall cannot take it away', async () => {
    const iptables = new FakeIptables('iptables-nft');
    iptables.broken = 'Permission denied (you must be root)';
    const nmi = run(['uninstall'], { run: iptables.run });
    expect(await nmi.ended).toBe(1);
    expect(nmi.printed()).toMatch(/could not be taken away: .*NET_ADMIN/);
    await expect(run(['uninstall']).ended).rejects.toThrow(/iptables is not installed here/);
  });
});
