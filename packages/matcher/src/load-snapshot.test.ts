import { describe, expect, it } from 'vitest';
import { loadSnapshot } from './load-snapshot.js';
import { match } from './match.js';
import { DEFAULT_POLICY } from './policy.js';
import { identityId } from './testing/objects.js';

const group = 'aadpodidentity.k8s.io/v1';
const identity = {
  apiVersion: group,
  kind: 'AzureIdentity',
  metadata: { name: 'id' },
  spec: { type: 0, resourceID: identityId('id'), clientID: 'c' },
};
const binding = {
  apiVersion: group,
  kind: 'AzureIdentityBinding',
  metadata: { name: 'b' },
  spec: { azureIdentity: 'id', selector: 'web' },
};
const template = { metadata: { labels: { aadpodidbinding: 'web' } }, spec: { containers: [] } };

describe('loadSnapshot', () => {
  it('sorts objects by kind, takes lists apart and leaves out the rest', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', labels: { aadpodidbinding: 'web' } },
    };
    const { snapshot, problems } = loadSnapshot([
      { apiVersion: 'v1', kind: 'List', items: [identity, { kind: 'List', items: [binding] }] },
      pod,
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } },
      { apiVersion: 'example.com/v1', kind: 'Pod', metadata: { name: 'of-another-group' } },
      null,
      'text',
    ]);
    expect(problems).toEqual([]);
    expect(snapshot.pods.map(({ namespace, name }) => [namespace, name])).toEqual([['default', 'p']]);
    expect(snapshot.nodes.map(({ name }) => name)).toEqual(['n']);
    expect(match(snapshot, { ...DEFAULT_POLICY, assumeScheduled: true }).grants).toHaveLength(1);
  });

  it.each(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'])(
    'takes a %s for one pod',
    (kind) => {
      const workload = {
        apiVersion: 'apps/v1',
        kind,
        metadata: { namespace: 'a', name: 'web' },
        spec: { template },
      };
      const { snapshot } = loadSnapshot([workload]);
      expect(snapshot.pods).toMatchObject([
        { namespace: 'a', name: 'web', labels: { aadpodidbinding: 'web' } },
      ]);
    },
  );

  it('takes a CronJob for one pod', () => {
    const cronJob = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly' },
      spec: { jobTemplate: { spec: { template } } },
    };
    expect(loadSnapshot([cronJob]).snapshot.pods).toMatchObject([
      { namespace: 'default', name: 'nightly', labels: { aadpodidbinding: 'web' } },
    ]);
  });

  it('names the object of every problem, or its place', () => {
    const { problems } = loadSnapshot([
      { ...binding, spec: { azureIdentity: 'id', Selector: 'web' } },
      { apiVersion: group, kind: 'AzureIdentity', metadata: {} },
      binding,
    ]);
    expect(problems.map(({ object, path }) => `${object}: ${path}`)).toEqual([
      'AzureIdentityBinding default/b: spec.Selector',
      'AzureIdentity (object 2): metadata.name',
      'AzureIdentityBinding default/b: ',
    ]);
  });

  it('reports an object of the group whose kind or version there is not, as it would grant or restrict nothing', () => {
    const named = { metadata: { name: 'x' }, spec: {} };
    const { problems } = loadSnapshot([
      { apiVersion: 'aadpodidentity.k8s.io/v1', kind: 'AzureIdentityBindng', ...named },
      { apiVersion: 'aadpodidentity.k8s.io/v1beta1', kind: 'AzureIdentityBinding', ...named },
      { apiVersion: 'example.org/v1', kind: 'Anything', ...named },
    ]);
    expect(problems.map(({ object, path, message }) => [object, path, message])).toEqual([
      [
        'AzureIdentityBindng (object 1)',
        'kind',
        'there is no kind "AzureIdentityBindng" in aadpodidentity.k8s.io/v1',
      ],
      ['AzureIdentityBinding (object 2)', 'apiVersion', 'there is no version aadpodidentity.k8s.io/v1beta1'],
    ]);
  });

  it('does not recurse without end', () => {
    let nested: unknown = binding;
    for (let depth = 0; depth < 10_000; depth++) nested = { kind: 'List', items: [nested] };
    expect(loadSnapshot([nested]).snapshot.bindings).toEqual([]);
  });
});
