import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { encodeAssignedIdentity } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { binding, identity } from './testing/objects.js';
import { assignedIdentities, bindings, identities, nodes, pods } from './watched-resources.js';

const json = (spec: object) => {
  const whole = encodeAssignedIdentity({
    namespace: 'default',
    name: 'web-default-id1',
    spec: {
      azureIdentityRef: identity('id1'),
      azureBindingRef: binding('b1', 'id1', 'web'),
      pod: 'web',
      podNamespace: 'default',
      nodeName: 'n1',
    },
    annotations: {},
    status: 'Created',
  });
  return { ...whole, spec: { ...whole.spec, ...spec } };
};

describe('assigned identities', () => {
  it('are read back as they were written', () => {
    expect(assignedIdentities.decode(json({}))).toMatchObject({
      ok: true,
      value: { spec: { nodeName: 'n1' } },
    });
  });

  it.each([{ pod: '' }, { podNamespace: null }, { nodename: '' }, { azureIdentityRef: {} }])(
    'are left alone where they do not say what they stand for: %j',
    (spec) => {
      expect(assignedIdentities.decode(json(spec))).toMatchObject({
        ok: false,
        problems: expect.arrayContaining([
          expect.objectContaining({ path: 'spec', fix: 'delete the object' }),
        ]),
      });
    },
  );
});

it('keeps of the labels of a pod the one that selects', () => {
  const labels = { aadpodidbinding: 'web', app: 'x' };
  const decoded = pods.decode({ metadata: { namespace: 'a', name: 'b', labels } });
  expect(decoded).toMatchObject({ ok: true, value: { labels: { aadpodidbinding: 'web' } } });
  if (decoded.ok) expect(decoded.value.labels).not.toHaveProperty('app');
});

describe('objects by the thousand', () => {
  setFlagsFromString('--allow-natives-syntax');
  const haveSameShape = runInThisContext('(a, b) => %HaveSameMap(a, b)') as (a: object, b: object) => boolean;
  const metadata = (name: string) => ({ namespace: 'default', name, uid: `u-${name}`, resourceVersion: '7' });
  const wire = (name: string) => ({
    assignedIdentities: { ...json({}), metadata: { ...json({}).metadata, ...metadata(name) } },
    identities: { metadata: metadata(name), spec: { type: 0, clientID: 'c', resourceID: 'r' } },
    bindings: { metadata: metadata(name), spec: { azureIdentity: 'i', selector: 's' } },
    pods: {
      metadata: { ...metadata(name), labels: { aadpodidbinding: 'web' } },
      spec: { nodeName: 'node-with-a-name-1' },
      status: { podIP: '10.0.0.1' },
    },
    nodes: { metadata: metadata(name), spec: { providerID: `azure:///${name}` } },
  });
  const kinds = { assignedIdentities, identities, bindings, pods, nodes };
  const decoded = (kind: keyof typeof kinds, name: string): object => {
    const result = kinds[kind].decode(JSON.parse(JSON.stringify(wire(name)[kind])));
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    return result.value;
  };

  it.each(Object.keys(kinds) as (keyof typeof kinds)[])('share one hidden class: %s', (kind) => {
    const [first, ...others] = Array.from({ length: 100 }, (_, at) => decoded(kind, `n${at}`));
    for (const other of others.slice(50)) expect(haveSameShape(other, others[50]!)).toBe(true);
    expect(Object.keys(first!)).toEqual(Object.keys(others[50]!));
  });

  it('share labels and names of nodes, and keep no addresses', () => {
    const [a, b] = ['a', 'b'].map(
      (name) => decoded('pods', name) as { labels: object; podIPs: readonly string[] },
    );
    expect(b!.labels).toBe(a!.labels);
    expect(a!.podIPs).toEqual([]);
  });
});
