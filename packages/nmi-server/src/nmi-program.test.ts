import { UsageError } from '@aad-pod-identity/program';
import { KubernetesError, type Connection } from '@aad-pod-identity/kubernetes';
import { describe, expect, it } from 'vitest';
import type { CommandResult, RunCommand } from './interception/command.js';
import { runNmi, type NmiEffects } from './nmi.js';
import { eventually, harmlessEffects } from './testing/simulated-nmi.js';

const unreachable: Connection = {
  server: 'https://api.example',
  request: () => Promise.reject(new KubernetesError('network', 'cannot reach https://api.example')),
  close: () => Promise.resolve(),
};
const exited = (code: number, stdout = '', stderr = ''): CommandResult => ({
  kind: 'exited',
  code,
  stdout,
  stderr,
});

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
    ['is not an IPv4 address', ['--node=n', '--metadata-ip=fd00::1'], {}],
    ['cannot be redirected to fd00::2', ['--node=n', '--nmi-listen-address=fd00::2'], {}],
    ['"install" is no command', ['install'], {}],
    ['unknown flag --nodes', ['--nodes=n'], {}],
    ['--nmi-port: "x" is not', ['--nmi-port=x'], {}],
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
  /** iptables that remembers inputs of iptables-restore, and shows what they made. */
  function fakeIptables(): { run: RunCommand; inputs: string[]; programs: string[] } {
    const inputs: string[] = [];
    const programs: string[] = [];
    const there = (): boolean => inputs.length > 0 && !inputs.at(-1)!.includes('-X');
    const runIt: RunCommand = async (program, args, input) => {
      programs.push(program);
      if (program.startsWith('iptables-legacy')) return { kind: 'missing' };
      if (program.endsWith('-save')) return exited(0);
      if (program.endsWith('-restore')) {
        inputs.push(input ?? '');
        return exited(0);
      }
      if (program === 'conntrack') return exited(1);
      const rules = there()
        ? inputs
            .at(-1)!
            .split('\n')
            .filter((line) => line.startsWith('-A aad'))
        : [];
      if (args.at(-1) === 'PREROUTING') return exited(0, there() ? '-A PREROUTING -j aad-metadata\n' : '');
      return there() ? exited(0, rules.join('\n')) : exited(1);
    };
    return { run: runIt, inputs, programs };
  }

  it.each([
    ['auto', false],
    ['never', false],
    ['always', true],
  ])('with --cleanup-on-exit=%s goes with nmi: %s', async (cleanup, goes) => {
    const iptables = fakeIptables();
    const nmi = run([...local, `--cleanup-on-exit=${cleanup}`, '--enable-conntrack-deletion'], {
      run: iptables.run,
      routesLocalnet: () => Promise.resolve(false),
    });
    const { nmi: port, probes } = await eventually(() => nmi.ports());
    expect(iptables.inputs[0]).toContain(
      `-d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:${port}`,
    );
    expect(iptables.programs).toContain('conntrack');
    expect(nmi.lines.join('')).toContain('route_localnet=1');
    expect(await (await fetch(`http://127.0.0.1:${probes}/readyz`)).text()).not.toContain('not redirected');
    nmi.stop.abort();
    await nmi.ended;
    expect(iptables.inputs.some((input) => input.includes('-X aad-metadata'))).toBe(goes);
  });

  it('that cannot be made keeps nmi from being ready, and it says why', async () => {
    const nmi = run(local);
    const { probes } = await eventually(() => nmi.ports());
    expect(await (await fetch(`http://127.0.0.1:${probes}/readyz`)).text()).toContain(
      'requests are not redirected to NMI',
    );
    expect(nmi.lines.join('')).toContain('iptables is not installed');
    nmi.stop.abort();
    await nmi.ended;
  });

  it('is taken away by nmi uninstall', async () => {
    const iptables = fakeIptables();
    const before = run(['uninstall'], { run: iptables.run });
    expect(await before.ended).toBe(0);
    expect(before.printed()).toBe('iptables (nft): there is no redirection\n');
    iptables.inputs.push('-A aad-metadata -j RETURN');
    const after = run(['uninstall'], { run: iptables.run });
    await after.ended;
    expect(after.printed()).toBe('iptables (nft): the redirection is taken away\n');
    expect(iptables.inputs.at(-1)).toContain('-X aad-metadata');
  });
});
