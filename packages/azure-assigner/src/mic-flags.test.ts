import { parseFlags } from '@aad-pod-identity/program';
import { describe, expect, it } from 'vitest';
import { micFlags } from './mic-flags.js';
import { micOptions } from './mic-options.js';

const options = (...argv: string[]) => micOptions(parseFlags(micFlags, argv, {}).values, 'host', '1.2.3');

describe('the flags of mic', () => {
  it('have the defaults of the contract', () => {
    expect(options()).toEqual({
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
    });
  });

  it('parse as the manifests of the original write them', () => {
    const argv = [
      '--cloudconfig=/etc/kubernetes/azure.json',
      '--logtostderr',
      '-v=3',
      '--forceNamespaced',
      '--syncRetryDuration=30m',
      '--leader-election-instance',
      'mic-0',
      '--immutable-user-msis=aaa,bbb',
      '--identity-assignment-reconcile-interval=1m',
      '--custom-user-agent=mine',
      '--createDeleteBatch=50',
      '--unassign-grace-period=0',
    ];
    expect(parseFlags(micFlags, argv, {}).warnings).toEqual([]);
    expect(options(...argv)).toMatchObject({
      cloudConfig: '/etc/kubernetes/azure.json',
      forceNamespaced: true,
      syncMs: 1_800_000,
      instance: 'mic-0',
      immutableIdentities: ['aaa', 'bbb'],
      reconcileMs: 60_000,
      userAgent: 'aad-pod-identity-mic/1.2.3 mine',
      createDeleteBatch: 50,
      unassignGraceMs: 0,
    });
  });

  it('accept with a warning what has no meaning any more', () => {
    const argv = [
      '--enableProfile',
      '--enableScaleFeatures=true',
      '--clientQps=7.5',
      '--config-map-name=x',
      '--type-upgrade-status-key=y',
      '--enable-type-upgrade=false',
      '--update-user-msi-max-retry=5',
    ];
    const { warnings } = parseFlags(micFlags, argv, {});
    expect(warnings).toHaveLength(argv.length);
    expect(warnings[2]).toMatch(/^--clientQps has no effect: /);
  });

  it('name a bad value', () => {
    expect(() => options('--clientQps=fast')).toThrow('--clientQps: "fast" is not a number');
    expect(() => options('--leader-election-duration=1s')).toThrow(
      /--leader-election-duration: "1s" is not a duration/,
    );
  });

  it('take FORCENAMESPACED from the environment', () => {
    expect(parseFlags(micFlags, [], { FORCENAMESPACED: 'true' }).values.forceNamespaced).toBe(true);
  });
});
