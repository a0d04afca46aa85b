import { readFileSync } from 'node:fs';
import {
  decodeAzureAssignedIdentity,
  encodeAssignedIdentity,
  formatComputeResource,
  objectKey,
  VirtualClock,
  type AzureAssignedIdentity,
} from '@aad-pod-identity/core';
import { Store } from '@aad-pod-identity/kubernetes';
import {
  AssignmentIndex,
  readResourceIdentities,
  type ClusterEvent,
  type MatchPolicy,
  type IdentityReading,
} from '@aad-pod-identity/matcher';
import { describe, expect, it } from 'vitest';
import type { Compute } from './compute.js';
import { dryRun } from './dry-run.js';
import type { DryRunReport } from './dry-run-report.js';
import { formatDryRun } from './dry-run-text.js';
import { binding, idOf, identity, instanceNode, node, pod, scaleSet, vm, vmNode } from './testing/objects.js';

const policy: MatchPolicy = { mode: 'standard', forceNamespaced: false };

/** An assignment of a pod that is gone, to an identity that MIC attached to the scale set. */
function leaving(): AzureAssignedIdentity {
  const decoded = decodeAzureAssignedIdentity(
    encodeAssignedIdentity({
      namespace: 'default',
      name: 'old-default-legacy',
      resourceVersion: '7',
      spec: {
        azureIdentityRef: identity('legacy'),
        azureBindingRef: binding('legacy', 'legacy', 'legacy'),
        pod: 'old',
        podNamespace: 'default',
        nodeName: 'pool-0',
      },
      annotations: {
        'aadpodidentity.k8s.io/attached-by': 'mic',
        'aadpodidentity.k8s.io/compute-resource': formatComputeResource(scaleSet('pool')),
      },
      status: 'Assigned',
    }),
  );
  if (!decoded.ok) throw new Error('not decoded');
  return decoded.value;
}

const world = {
  nodes: [instanceNode('pool', 0), instanceNode('pool', 1), vmNode('vm-1'), node('virtual', 'kind://x')],
  identities: [
    identity('app'),
    identity('gone'),
    identity('other', { clientID: '11111111-aaaa-bbbb-cccc-222222222222' }),
    identity('broken', { resourceID: 'broken' }),
    identity('principal', { type: 1 }),
  ],
  bindings: [
    binding('app', 'app', 'app'),
    binding('gone', 'gone', 'gone'),
    binding('nowhere', 'nowhere', 'app'),
    binding('principal', 'principal', 'principal'),
  ],
  pods: [
    pod('a', 'app', 'pool-0'),
    pod('b', 'app', 'pool-1'),
    pod('c', 'app', 'vm-1'),
    pod('d', 'gone', 'pool-0'),
    pod('e', 'typo', 'pool-0'),
    pod('f', 'principal', 'virtual'),
  ],
  assigned: [leaving()],
};

function storeOf<T extends { namespace?: string; name: string }>(objects: readonly T[]): Store<T> {
  const store = new Store<T>({
    onListenerError: (error) => {
      throw error;
    },
  });
  for (const value of objects)
    store.set({ namespace: value.namespace, name: value.name, uid: '', resourceVersion: '1', value });
  return store;
}

/** Azure with the scale set as it is, a VM that must not be read, and the identities but for `gone`. */
const compute: Compute = {
  get: async ({ name }) =>
    name === 'pool'
      ? {
          ok: true,
          identities: readResourceIdentities({
            identity: {
              type: 'SystemAssigned, UserAssigned',
              userAssignedIdentities: { [idOf('legacy')]: { clientId: 'x', principalId: 'y' } },
            },
          }),
        }
      : { ok: false, failure: { kind: 'forbidden', message: 'no right to read the virtual machine' } },
  patch: () => {
    throw new Error('a dry run writes nothing');
  },
};

async function plan(overrides: { readonly compute?: Compute } = {}): Promise<DryRunReport> {
  const index = new AssignmentIndex(policy);
  const give = (kind: ClusterEvent['kind'], objects: readonly object[]): void => {
    for (const object of objects) index.apply({ type: 'upsert', kind, object } as ClusterEvent);
  };
  give('Node', world.nodes);
  give('AzureIdentity', world.identities);
  give('AzureIdentityBinding', world.bindings);
  give('Pod', world.pods);
  give('AzureAssignedIdentity', world.assigned);
  return dryRun({
    micVersion: '0.1.0',
    index,
    policy,
    watched: {
      pods: storeOf(world.pods),
      nodes: storeOf(world.nodes),
      identities: storeOf(world.identities),
      bindings: storeOf(world.bindings),
      assigned: storeOf(world.assigned),
    },
    unreadable: [],
    compute,
    reader: {
      read: async ({ name }): Promise<IdentityReading> =>
        name === 'gone' ? { kind: 'not-found' } : { kind: 'found', clientId: `client-of-${name}` },
    },
    clock: new VirtualClock(Date.parse('2026-01-01T00:00:00Z')),
    signal: new AbortController().signal,
    ...overrides,
  });
}

describe('dryRun', () => {
  it('plans each VM and scale set: what comes on, what comes off, and for how many pods', async () => {
    const { resources, summary } = await plan();
    expect(resources).toEqual([
      {
        id: formatComputeResource(scaleSet('pool')),
        nodes: ['pool-0', 'pool-1'],
        attach: [{ resourceID: idOf('app'), pods: 2 }],
        detach: [{ resourceID: idOf('legacy'), pods: 1 }],
        patches: 1,
      },
      {
        id: formatComputeResource(vm('vm-1')),
        nodes: ['vm-1'],
        attach: [],
        detach: [],
        patches: 0,
        problem: { code: 'forbidden', message: 'no right to read the virtual machine' },
      },
    ]);
    expect(summary).toEqual({
      pods: 6,
      grants: 5,
      attach: 1,
      detach: 1,
      patches: 1,
      assignments: { Assigned: 3, Created: 2, Unassigned: 0, deleted: 1 },
      findings: 6,
    });
  });

  it('plans each assignment to its end, and leaves one Created whose identity Azure does not have', async () => {
    const { assignments } = await plan();
    expect(
      assignments.map(({ object, steps, outcome, resource }) => [
        objectKey(object),
        steps.join(),
        outcome,
        resource?.split('/').at(-1),
      ]),
    ).toEqual([
      ['default/a-default-app', 'create,assign', 'Assigned', 'pool'],
      ['default/b-default-app', 'create,assign', 'Assigned', 'pool'],
      ['default/c-default-app', 'create', 'Created', 'vm-1'],
      ['default/d-default-gone', 'create', 'Created', 'pool'],
      ['default/f-default-principal', 'create', 'Assigned', undefined],
      ['default/old-default-legacy', 'unassign,delete', 'deleted', 'pool'],
    ]);
  });

  it('finds what keeps pods from identities, in the cluster and in Azure', async () => {
    const { findings } = await plan();
    expect(findings.map(({ code, object, pods }) => [code, object.kind, object.name, pods.count])).toEqual([
      ['client-id-mismatch', 'AzureIdentity', 'other', 0],
      ['identity-invalid', 'AzureIdentity', 'broken', 0],
      ['identity-missing', 'AzureIdentityBinding', 'nowhere', 3],
      ['identity-not-in-azure', 'AzureIdentity', 'gone', 1],
      ['no-binding', 'Pod', 'e', 1],
      ['node-unresolved', 'Node', 'virtual', 1],
    ]);
    expect(JSON.stringify(findings)).not.toContain('11111111-aaaa-bbbb-cccc-222222222222');
  });

  it('is complete only where everything could be read', async () => {
    expect((await plan()).complete).toBe(false);
    const readable: Compute = {
      ...compute,
      get: async () => ({ ok: true, identities: readResourceIdentities({}) }),
    };
    expect((await plan({ compute: readable })).complete).toBe(true);
  });

  it('is printed as docs/dry-run.md shows it, as text and as JSON', async () => {
    const report = await plan();
    const docs = readFileSync(new URL('../../../docs/dry-run.md', import.meta.url), 'utf8');
    const blocks = [...docs.matchAll(/```(text|json)\n([\s\S]*?)```/g)].map(([, kind, text]) => ({
      kind,
      text,
    }));
    expect(blocks.find(({ kind }) => kind === 'text')?.text).toBe(formatDryRun(report));
    const json = JSON.parse(blocks.find(({ kind }) => kind === 'json')?.text ?? '') as DryRunReport;
    expect({ ...json, resources: [], assignments: [], findings: [] }).toEqual({
      ...report,
      resources: [],
      assignments: [],
      findings: [],
    });
    expect(report.resources).toEqual(expect.arrayContaining([...json.resources]));
    expect(report.assignments).toEqual(expect.arrayContaining([...json.assignments]));
    expect(report.findings).toEqual(expect.arrayContaining([...json.findings]));
  });
});
