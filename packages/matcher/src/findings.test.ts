import { describe, expect, it } from 'vitest';
import { findObstacles } from './findings.js';
import { DEFAULT_POLICY } from './policy.js';
import { EMPTY_SNAPSHOT, type Snapshot } from './snapshot.js';
import { binding, identity, node, pod, vm } from './testing/objects.js';

const find = (snapshot: Partial<Snapshot>, policy = DEFAULT_POLICY) =>
  findObstacles({ ...EMPTY_SNAPSHOT, ...snapshot }, policy);

describe('findObstacles', () => {
  it('finds nothing where every pod gets what it asks for, is finished, or has no node yet', () => {
    const pods = [
      pod({ name: 'a' }),
      pod({ name: 'b', label: 'typo', phase: 'Succeeded' }),
      pod({ name: 'c', label: 'typo', node: '' }),
    ];
    const nodes = [node('n0', vm('v'))];
    expect(find({ pods, nodes, bindings: [binding()], identities: [identity({ name: 'id' })] })).toEqual([]);
  });

  it('tells of thousands of pods with one misspelled label once', () => {
    const pods = Array.from({ length: 3_000 }, (_, at) =>
      pod({ name: `p${String(at).padStart(4, '0')}`, label: 'typo' }),
    );
    expect(find({ pods: pods.toReversed() })).toEqual([
      {
        code: 'no-binding',
        object: { kind: 'Pod', namespace: 'default', name: 'p0000' },
        message: 'no AzureIdentityBinding has the selector "typo", which is the label aadpodidbinding',
        pods: {
          count: 3_000,
          examples: ['default/p0000', 'default/p0001', 'default/p0002', 'default/p0003', 'default/p0004'],
        },
      },
    ]);
  });

  it.each([
    [
      'identity-missing',
      { bindings: [binding({ name: 'b', identity: 'gone' })] },
      { kind: 'AzureIdentityBinding', namespace: 'default', name: 'b' },
      'there is no AzureIdentity "gone" in its namespace default',
    ],
    [
      'identity-invalid',
      { bindings: [binding()], identities: [identity({ name: 'id', resource: 'broken' })] },
      { kind: 'AzureIdentity', namespace: 'default', name: 'id' },
      /^spec.resourceID is not the resource ID of a user-assigned identity, so it grants nothing: write \/subscriptions/,
    ],
    [
      'namespace-mismatch',
      {
        bindings: [binding({ name: 'b', namespace: 'a' })],
        identities: [identity({ name: 'id', namespace: 'a', namespaced: true })],
      },
      { kind: 'AzureIdentityBinding', namespace: 'a', name: 'b' },
      /^AzureIdentity a\/id may be used in namespace a only, because it has the annotation/,
    ],
    [
      'no-label',
      { pods: [pod({ name: 'p', label: '', labels: { aadpodidbinding: '' } })] },
      { kind: 'Pod', namespace: 'default', name: 'p' },
      'the label aadpodidbinding is empty',
    ],
    [
      'node-unresolved',
      { nodes: [node('n0', 'kind://x')], bindings: [binding()], identities: [identity({ name: 'id' })] },
      { kind: 'Node', namespace: '', name: 'n0' },
      /^spec.providerID names neither an Azure VM nor a scale set/,
    ],
  ])('%s: with the object to change and the pods that it concerns', (code, snapshot, object, message) => {
    const found = find({ pods: [pod({ name: 'p' })], ...snapshot });
    expect(found).toEqual([
      { code, object, message: expect.stringMatching(message), pods: { count: 1, examples: ['default/p'] } },
    ]);
  });

  it('tells of bindings, identities and nodes also where no pod needs them yet', () => {
    const found = find({
      bindings: [binding({ identity: 'gone' })],
      identities: [identity({ name: 'bad', resource: '' })],
      nodes: [node('n0', '')],
    });
    expect(found.map(({ code, pods }) => [code, pods.count])).toEqual([
      ['identity-invalid', 0],
      ['identity-missing', 0],
      ['node-unresolved', 0],
    ]);
  });
});
