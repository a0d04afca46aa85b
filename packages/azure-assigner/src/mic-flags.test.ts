import { readFileSync } from 'node:fs';
import { UsageError, environmentName } from '@aad-pod-identity/program';
import { describe, expect, it } from 'vitest';
import { micFlags } from './mic-flags.js';
import { micOptions, type MicOptions } from './mic-options.js';
import { readMicFlags } from './read-mic-flags.js';

const read = (argv: readonly string[], environment: Record<string, string> = {}) => {
  const { values, warnings } = readMicFlags(argv, environment);
  return { values, warnings, options: micOptions(values, 'host', '1.2.3') };
};

/** What giving a flag does: it sets options, it is read by name elsewhere, or it only warns. */
type Meaning =
  | { readonly text: string; readonly sets: Partial<MicOptions>; readonly bad?: string }
  | { readonly text: string; readonly value: unknown; readonly bad?: string }
  | { readonly text: string; readonly warns: RegExp; readonly silent?: string; readonly bad?: string };

const logs = /logs go to standard error/;
const upgrade = /objects of every age are read as they are/;

/** Every flag of `mic`, as a manifest may write it. */
const meanings: Readonly<Record<string, Meaning>> = {
  kubeconfig: { text: '/k', sets: { kubeconfig: '/k' } },
  cloudconfig: { text: '/etc/kubernetes/azure.json', sets: { cloudConfig: '/etc/kubernetes/azure.json' } },
  forceNamespaced: { text: 'true', sets: { forceNamespaced: true }, bad: 'yes' },
  syncRetryDuration: { text: '1h30m', sets: { syncMs: 5_400_000 }, bad: '1d' },
  'leader-election-namespace': { text: 'kube-system', sets: { leaseNamespace: 'kube-system' } },
  'leader-election-name': { text: 'mic', sets: { leaseName: 'mic' } },
  'leader-election-instance': { text: 'mic-0', sets: { instance: 'mic-0' } },
  'leader-election-duration': { text: '20s', sets: { leaseDurationMs: 20_000 }, bad: '20' },
  'http-probe-port': { text: '8081', sets: { probePort: 8081 }, bad: '70000' },
  'prometheus-port': { text: '8889', sets: { metricsPort: 8889 }, bad: 'http' },
  enableProfile: { text: 'true', warns: /profile with the tools of Node/, silent: 'false', bad: 'on' },
  enableScaleFeatures: { text: 'false', warns: /by label selector/, silent: 'true', bad: 'on' },
  createDeleteBatch: { text: '2000', sets: { createDeleteBatch: 2000 }, bad: '0' },
  clientQps: { text: '7.5', warns: /the API server limits its clients itself/, bad: 'fast' },
  'immutable-user-msis': { text: 'aaa,bbb', sets: { immutableIdentities: ['aaa', 'bbb'] } },
  'config-map-name': { text: 'x', warns: upgrade },
  'type-upgrade-status-key': { text: 'x', warns: upgrade },
  'enable-type-upgrade': { text: 'true', warns: upgrade, bad: 'x' },
  'update-user-msi-max-retry': { text: '5', warns: /retried until it succeeds/, bad: 'x' },
  'update-user-msi-retry-interval': { text: '250ms', sets: { retryMs: 250 }, bad: '1' },
  'identity-assignment-reconcile-interval': { text: '1m', sets: { reconcileMs: 60_000 }, bad: 'x' },
  'unassign-grace-period': { text: '0', sets: { unassignGraceMs: 0 }, bad: '-1s' },
  'dry-run': { text: 'true', sets: { dryRun: true }, bad: 'x' },
  output: { text: 'json', sets: { output: 'json' }, bad: 'yaml' },
  attached: {
    text: 'list',
    sets: { uninstall: { attached: 'list', deployment: undefined, timeoutMs: 240_000 } },
    bad: 'keep',
  },
  'stop-deployment': {
    text: 'kube-system/mic',
    sets: {
      uninstall: {
        attached: 'detach',
        deployment: { namespace: 'kube-system', name: 'mic' },
        timeoutMs: 240_000,
      },
    },
  },
  timeout: {
    text: '10m',
    sets: { uninstall: { attached: 'detach', deployment: undefined, timeoutMs: 600_000 } },
    bad: '10',
  },
  'custom-user-agent': { text: 'mine', sets: { userAgent: 'aad-pod-identity-mic/1.2.3 mine' } },
  'log-format': { text: 'json', value: 'json', bad: 'xml' },
  v: { text: '5', value: 5, bad: 'much' },
  version: { text: 'true', value: true, bad: 'x' },
  help: { text: 'true', value: true, bad: 'x' },
  logtostderr: { text: 'false', warns: logs, silent: 'true', bad: 'x' },
  alsologtostderr: { text: 'true', warns: logs, silent: 'false', bad: 'x' },
  'log-backtrace-at': { text: 'main.go:5', warns: logs },
  'log-dir': { text: '/tmp', warns: logs },
  'log-file': { text: '/tmp/x', warns: logs },
  'log-file-max-size': { text: '0', warns: logs, bad: 'x' },
  'skip-headers': { text: 'true', warns: logs, bad: 'x' },
  'skip-log-headers': { text: 'true', warns: logs, bad: 'x' },
  stderrthreshold: { text: '2', warns: logs, bad: 'LOUD' },
  vmodule: { text: 'mic=3', warns: logs },
  'add-dir-header': { text: 'true', warns: logs, bad: 'x' },
  'one-output': { text: 'true', warns: logs, bad: 'x' },
};

/** The flags that section 5 of the contract lists as the original's. */
function contractFlags(): string[] {
  const spec = readFileSync(new URL('../../../docs/spec.md', import.meta.url), 'utf8');
  const list = /- Flags of the original that must parse:([\s\S]*?)Syntax as in Go/.exec(
    spec.slice(spec.indexOf('## 5. MIC')),
  );
  const names = [...(list?.[1] ?? '').matchAll(/(?<![\w-])--?([A-Za-z][\w-]*\*?)/g)].map(
    ([, name]) => name ?? '',
  );
  return names.flatMap((name) =>
    name === 'leader-election-*'
      ? ['namespace', 'name', 'instance', 'duration'].map((part) => `leader-election-${part}`)
      : name,
  );
}

describe('the flags of mic', () => {
  it('are those of the contract, each with a meaning or a reason', () => {
    expect(contractFlags().length).toBeGreaterThan(20);
    for (const name of contractFlags()) expect(Object.keys(meanings)).toContain(name);
    expect(Object.keys(meanings).sort()).toEqual(Object.keys(micFlags).sort());
  });

  it.each(Object.entries(meanings))('--%s has its meaning or warns why it has none', (name, meaning) => {
    const { text } = meaning;
    const ways = [
      read([`--${name}=${text}`]),
      read([`-${name}=${text}`]),
      read(text === 'true' ? [`--${name}`] : text === 'false' ? [`--${name}=F`] : [`--${name}`, text]),
      read([], { [environmentName(name)]: text }),
    ];
    for (const { values, options, warnings } of ways) {
      if ('warns' in meaning) {
        expect(warnings).toEqual([expect.stringMatching(meaning.warns)]);
        expect(warnings[0]).toMatch(
          new RegExp(`^(--${name}|environment variable ${environmentName(name)}) has no effect: `),
        );
      } else if ('sets' in meaning) expect(options).toMatchObject(meaning.sets);
      else expect(values[name as keyof typeof values]).toBe(meaning.value);
    }
    if ('warns' in meaning && meaning.silent !== undefined)
      expect(read([`--${name}=${meaning.silent}`]).warnings).toEqual([]);
  });

  it.each(Object.entries(meanings).filter(([, { bad }]) => bad !== undefined))(
    '--%s names itself where its value is bad',
    (name, { bad = '' }) => {
      const said = (source: string): UsageError =>
        expect.objectContaining({
          code: 'invalid-configuration',
          message: expect.stringContaining(`${source}: "${bad}" is not `) as string,
        }) as UsageError;
      expect(() => read([`--${name}=${bad}`])).toThrow(said(`--${name}`));
      expect(() => read([], { [environmentName(name)]: bad })).toThrow(
        said(`environment variable ${environmentName(name)}`),
      );
    },
  );

  it('have the defaults of the contract', () => {
    expect(read([]).options).toEqual({
      kubeconfig: '',
      cloudConfig: '',
      forceNamespaced: false,
      syncMs: 3_600_000,
      reconcileMs: 180_000,
      unassignGraceMs: 120_000,
      retryMs: 1000,
      createDeleteBatch: 20,
      immutableIdentities: [],
      leaseNamespace: 'default',
      leaseName: 'aad-pod-identity-mic',
      leaseDurationMs: 15_000,
      instance: 'host',
      probePort: 8080,
      metricsPort: 8888,
      userAgent: 'aad-pod-identity-mic/1.2.3',
      dryRun: false,
      output: 'text',
      uninstall: { attached: 'detach', deployment: undefined, timeoutMs: 240_000 },
    });
  });

  it('name the instance after its pod, where no flag names it', () => {
    expect(read([], { POD_NAME: 'mic-7d4-x2x4z' }).options.instance).toBe('mic-7d4-x2x4z');
    expect(read(['--leader-election-instance=one'], { POD_NAME: 'mic-7d4-x2x4z' }).options.instance).toBe(
      'one',
    );
  });

  it('take the command uninstall, and flags of its own only with it', () => {
    expect(readMicFlags(['uninstall', '--attached=list'], {})).toMatchObject({
      command: 'uninstall',
      warnings: [],
    });
    expect(readMicFlags(['--attached=list'], {})).toMatchObject({
      command: 'run',
      warnings: ['--attached has no effect: it is for "mic uninstall"'],
    });
    expect(() => read(['uninstall', '--stop-deployment=mic'])).toThrow(
      '--stop-deployment: "mic" is not NAMESPACE/NAME',
    );
  });

  it('take klog’s names with underscores too', () => {
    const { warnings } = read(['--log_dir=/x', '--skip_headers', '--logtostderr', '--stderrthreshold=INFO']);
    expect(warnings.map((warning) => warning.split(' ')[0])).toEqual([
      '--log-dir',
      '--skip-headers',
      '--stderrthreshold',
    ]);
  });

  it('take FORCENAMESPACED from the environment', () => {
    expect(read([], { FORCENAMESPACED: 'true' }).options.forceNamespaced).toBe(true);
    expect(read(['--forceNamespaced=false'], { FORCENAMESPACED: 'true' }).options.forceNamespaced).toBe(
      false,
    );
  });

  it('warn that MIC_POD_NAMESPACE, which the manifests of the original set, has no effect, and why', () => {
    expect(read([], { MIC_POD_NAMESPACE: 'kube-system' }).warnings).toEqual([
      expect.stringMatching(/^environment variable MIC_POD_NAMESPACE has no effect: .*ConfigMap/),
    ]);
    expect(read([], { MIC_POD_NAMESPACE: '' }).warnings).toEqual([]);
  });

  it('warn of what is ignored: an argument that is no flag, --output without --dry-run', () => {
    const { options, warnings } = read(['--forceNamespaced', 'false', '--output=json']);
    expect(options.forceNamespaced).toBe(true);
    expect(warnings).toEqual([
      'argument "false" has no effect: it is no flag, and a boolean is written --flag=false',
      '--output has no effect: it is for --dry-run',
    ]);
  });

  it('that are unknown are named, with the one that was meant', () => {
    expect(() => read(['--bogus'])).toThrow(new UsageError('unknown flag --bogus; --help lists the flags'));
    expect(() => read(['--cloud-config=x'])).toThrow(
      /unknown flag --cloud-config; did you mean --cloudconfig\?/,
    );
  });

  it('give no warning as the original’s manifests pass them, but for MIC_POD_NAMESPACE', () => {
    const argv = [
      '--cloudconfig=/etc/kubernetes/azure.json',
      '--logtostderr',
      '--enableScaleFeatures=true',
      '-v=3',
      '--forceNamespaced',
      '--leader-election-instance',
      'mic-0',
    ];
    expect(read(argv).warnings).toEqual([]);
  });
});
