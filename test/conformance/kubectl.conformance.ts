import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './harness/api.js';
import { startControlPlaneTarget } from './harness/control-plane-target.js';
import { installCustomResources } from './harness/custom-resources.js';
import { core } from './harness/objects.js';
import { startSimulatorTarget } from './harness/simulator-target.js';
import { type Target } from './harness/target.js';
import { kubectl, type Outcome } from './kubectl/kubectl.js';
import { manifests } from './kubectl/manifests.js';
import { session, transcript } from './kubectl/session.js';

const real = await startControlPlaneTarget();
const simulated = await startSimulatorTarget();
const apis = { real: new Api(real), simulated: new Api(simulated) };

afterAll(async () => {
  apis.real.close();
  apis.simulated.close();
  await real[Symbol.asyncDispose]();
  await simulated[Symbol.asyncDispose]();
});
beforeAll(async () => {
  await installCustomResources(apis.real);
  await installCustomResources(apis.simulated);
});

describe('the manifests of this repository, applied with strict validation', () => {
  it.each(['deploy/crds', 'examples/demo/manifests', 'examples/policy-tests/cluster'])(
    '%s',
    async (folder) => {
      const found = await manifests(folder);
      for (const namespace of new Set(found.flatMap((one) => one.namespace ?? []))) {
        // These stand for what a cluster has, or makes: 409 says that it is there.
        await apis.real.post(core('namespaces'), { metadata: { name: namespace } });
        await apis.real.post(core('serviceaccounts', namespace), { metadata: { name: 'default' } });
      }
      const together = found.map(({ text }) => text).join('\n---\n');
      const apply = (dryRun: string): Promise<Outcome> =>
        kubectl(real.kubeconfig, ['apply', '--validate=strict', `--dry-run=${dryRun}`, '-f', '-'], together);
      for (const dryRun of ['server', 'none', 'none']) {
        const { code, stdout, stderr } = await apply(dryRun);
        // What was there before kubectl came (the namespaces, the CRDs) makes it warn once.
        const complaints = stderr.replace(/^Warning: .*last-applied-configuration.*\n/gm, '');
        expect({ code, complaints }).toEqual({ code: 0, complaints: '' });
        expect(stdout.trim().split('\n')).toHaveLength(found.length);
      }
      const again = (await apply('none')).stdout.trim().split('\n');
      expect(again.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
    },
  );
});

describe('a session with kubectl', () => {
  let onReal: string[];
  let onSimulated: string[];
  beforeAll(async () => {
    const typed = async (target: Target, api: Api): Promise<string[]> =>
      transcript(target.kubeconfig, await api.namespace(), session('node-of-the-session'));
    [onReal, onSimulated] = await Promise.all([typed(real, apis.real), typed(simulated, apis.simulated)]);
  }, 180_000);

  it('goes on the real server as an administrator expects', () => {
    const failing = onReal.filter((one) => !one.endsWith('[exit 0]')).map((one) => one.split('\n')[0]);
    expect(failing).toEqual([
      '$ kubectl apply -f -',
      '$ kubectl apply -f - --validate=strict',
      '$ kubectl create -f -',
      '$ kubectl get azureidentities --field-selector spec.type=1',
      '$ kubectl get azureidentity none',
      '$ kubectl get unheardof',
      '$ kubectl patch azureidentity reader --type=strategic -p {}',
      '$ kubectl label azureidentity reader team=b',
      '$ kubectl delete azureidentity reader',
    ]);
  });

  it('shows the same on the simulator', () => {
    expect(onSimulated).toEqual(onReal);
  });
});
