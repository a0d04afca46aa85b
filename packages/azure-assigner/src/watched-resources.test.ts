import { encodeAssignedIdentity } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { binding, identity } from './testing/objects.js';
import { assignedIdentities, pods } from './watched-resources.js';

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
