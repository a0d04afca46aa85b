import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './harness/api.js';
import { startControlPlaneTarget } from './harness/control-plane-target.js';
import { installCustomResources } from './harness/custom-resources.js';
import { core } from './harness/objects.js';
import { startSimulatorTarget } from './harness/simulator-target.js';
import { kubectl } from './kubectl/kubectl.js';
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
      for (const { file, text } of found) {
        for (const dryRun of ['server', 'none']) {
          const { code, stderr } = await kubectl(
            real.kubeconfig,
            ['apply', '--validate=strict', `--dry-run=${dryRun}`, '-f', '-'],
            text,
          );
          expect(
            `${file}: exit ${code} ${stderr.replace(/^Warning: .*last-applied-configuration.*\n/gm, '')}`,
          ).toBe(`${file}: exit 0 `);
        }
        const again = await kubectl(real.kubeconfig, ['apply', '--validate=strict', '-f', '-'], text);
        expect(again.stdout).toMatch(/ unchanged\n$/);
      }
    },
  );
});

describe('a session with kubectl', () => {
  it('shows the same on both servers', async () => {
    const [onReal, onSimulated] = await Promise.all(
      [real, simulated].map(async (target, index) => {
        const api = index === 0 ? apis.real : apis.simulated;
        const namespace = await api.namespace();
        return transcript(target.kubeconfig, namespace, session(`node-of-the-session`));
      }),
    );
    expect(onSimulated).toEqual(onReal);
  }, 120_000);

  it('of the real server goes as an administrator expects', async () => {
    const namespace = await apis.real.namespace();
    const seen = await transcript(real.kubeconfig, namespace, session('node-of-the-check'));
    const failing = seen.filter((one) => !one.endsWith('[exit 0]')).map((one) => one.split('\n')[0]);
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
  }, 120_000);
});
