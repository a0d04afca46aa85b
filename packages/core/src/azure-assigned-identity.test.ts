import { describe, expect, it } from 'vitest';
import { assignedIdentityDecoder } from './assigned-identity-decoder.js';
import {
  decodeAzureAssignedIdentity,
  isAssigned,
  type AzureAssignedIdentity,
} from './azure-assigned-identity.js';
import type { Decoded } from './decoded.js';
import { encodeAssignedIdentity, type AssignedIdentityInput } from './encode-assigned-identity.js';

const RESOURCE =
  '/subscriptions/s/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i';
const wire = {
  apiVersion: 'aadpodidentity.k8s.io/v1',
  kind: 'AzureAssignedIdentity',
  metadata: {
    namespace: 'default',
    name: 'p-a-i',
    uid: 'u',
    resourceVersion: '7',
    labels: { nodename: 'n' },
  },
  spec: {
    azureIdentityRef: {
      metadata: { namespace: 'a', name: 'i', uid: 'ui', resourceVersion: '1' },
      spec: { type: 0, resourceID: RESOURCE, clientID: 'c' },
    },
    azureBindingRef: {
      metadata: { namespace: 'a', name: 'b', uid: 'ub', resourceVersion: '2' },
      spec: { azureIdentity: 'i', selector: 's' },
    },
    pod: 'p',
    podNamespace: 'a',
    nodename: 'n',
  },
  status: { status: 'Assigned' },
};

function value(decoded: Decoded<AzureAssignedIdentity>): AzureAssignedIdentity {
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
  return decoded.value;
}

describe('decodeAzureAssignedIdentity', () => {
  it('reads what the original writes', () => {
    const decoded = decodeAzureAssignedIdentity(wire);
    expect(decoded.problems).toEqual([]);
    expect(value(decoded)).toMatchObject({
      name: 'p-a-i',
      status: 'Assigned',
      spec: {
        pod: 'p',
        podNamespace: 'a',
        nodeName: 'n',
        azureIdentityRef: { namespace: 'a', name: 'i', spec: { clientID: 'c' }, resource: { name: 'i' } },
        azureBindingRef: {
          namespace: 'a',
          name: 'b',
          spec: { azureIdentity: 'i', selector: 's', weight: 0 },
        },
      },
    });
  });

  it('reads no status as assigned, and one that nobody knows as Created', () => {
    expect(isAssigned(value(decodeAzureAssignedIdentity({ ...wire, status: undefined })))).toBe(true);
    const unknown = decodeAzureAssignedIdentity({ ...wire, status: { status: 'Assigning' } });
    expect(value(unknown).status).toBe('Created');
    expect(unknown.problems).toMatchObject([{ path: 'status.status' }]);
  });

  it.each([
    ['the label', { nodename: 'n' }, true],
    ['the label of another node', { nodename: 'm' }, false],
    ['another casing of it', { nodeName: 'n' }, false],
    ['no label, as very old MICs wrote it', undefined, false],
  ])('tells whether NMI finds the object by its label: %s', (_what, labels, labelled) => {
    const json = { ...wire, metadata: { ...wire.metadata, labels } };
    expect(value(decodeAzureAssignedIdentity(json)).labelled).toBe(labelled);
  });

  it('reads a broken object, so that it can be found and deleted', () => {
    const decoded = decodeAzureAssignedIdentity({ metadata: wire.metadata, spec: { azureIdentityRef: 7 } });
    expect(value(decoded).spec).toMatchObject({
      pod: '',
      azureIdentityRef: { namespace: 'default', name: '' },
    });
    expect(decoded.problems.map(({ path }) => path)).toEqual([
      'spec.azureIdentityRef',
      'spec.pod',
      'spec.podNamespace',
    ]);
  });
});

describe('encodeAssignedIdentity', () => {
  const { spec, namespace, name } = value(decodeAzureAssignedIdentity(wire));
  const input: AssignedIdentityInput = {
    namespace,
    name,
    spec,
    annotations: { note: 'x' },
    status: 'Created',
  };

  it('writes the shape that the original reads', () => {
    expect(JSON.parse(JSON.stringify(encodeAssignedIdentity(input)))).toEqual({
      apiVersion: 'aadpodidentity.k8s.io/v1',
      kind: 'AzureAssignedIdentity',
      metadata: {
        namespace: 'default',
        name: 'p-a-i',
        labels: { nodename: 'n' },
        annotations: { note: 'x' },
        finalizers: ['azureassignedidentity.finalizers.aadpodidentity.k8s.io'],
      },
      spec: {
        azureIdentityRef: {
          apiVersion: 'aadpodidentity.k8s.io/v1',
          kind: 'AzureIdentity',
          metadata: { namespace: 'a', name: 'i', uid: 'ui', resourceVersion: '1', annotations: {} },
          spec: { type: 0, resourceID: RESOURCE, clientID: 'c' },
        },
        azureBindingRef: {
          apiVersion: 'aadpodidentity.k8s.io/v1',
          kind: 'AzureIdentityBinding',
          metadata: { namespace: 'a', name: 'b', uid: 'ub', resourceVersion: '2' },
          spec: { azureIdentity: 'i', selector: 's', weight: 0 },
        },
        pod: 'p',
        podNamespace: 'a',
        nodename: 'n',
        replicas: 1,
      },
      status: { status: 'Created', availableReplicas: 1 },
    });
  });

  it('is read back as it was given', () => {
    const read = value(
      decodeAzureAssignedIdentity(encodeAssignedIdentity({ ...input, resourceVersion: '8' })),
    );
    expect(read).toMatchObject({ ...input, resourceVersion: '8' });
  });
});

describe('assignedIdentityDecoder', () => {
  it('reads the same, and shares what is equal', () => {
    const decode = assignedIdentityDecoder();
    const [first, second] = ['p-a-i', 'q-a-i'].map((name) =>
      value(decode(structuredClone({ ...wire, metadata: { ...wire.metadata, name } }))),
    );
    expect(first).toEqual(value(decodeAzureAssignedIdentity(wire)));
    expect(second!.spec.azureIdentityRef).toBe(first!.spec.azureIdentityRef);
    expect(second!.spec.azureBindingRef).toBe(first!.spec.azureBindingRef);
  });

  it('shares annotations and names of nodes too', () => {
    const decode = assignedIdentityDecoder();
    const annotations = { a: 'x', b: 'y' };
    const [first, second, other] = ['x', 'x', 'z'].map((a) =>
      value(
        decode(
          structuredClone({ ...wire, metadata: { ...wire.metadata, annotations: { ...annotations, a } } }),
        ),
      ),
    );
    expect(first!.annotations).toEqual(annotations);
    expect(second!.annotations).toBe(first!.annotations);
    expect(other!.annotations).toEqual({ a: 'z', b: 'y' });
  });

  it('shares the conditions of assignments that were written in one second, and no others', () => {
    const decode = assignedIdentityDecoder();
    const at = (second: number, message: string) =>
      value(
        decode({
          ...wire,
          status: {
            status: 'Assigned',
            conditions: [
              {
                type: 'Ready',
                status: 'True',
                reason: 'Assigned',
                message,
                lastTransitionTime: `2026-01-01T00:00:0${second}Z`,
              },
            ],
          },
        }),
      ).conditions;
    expect(at(1, 'one')).toBe(at(1, 'other'));
    expect(at(2, 'one').ready?.lastTransitionTime).toBe('2026-01-01T00:00:02Z');
  });

  it('says each time what is wrong with an embedded object', () => {
    const decode = assignedIdentityDecoder();
    const wrong = structuredClone(wire);
    Object.assign(wrong.spec.azureIdentityRef.spec, { type: 'one' });
    const problems = [wrong, structuredClone(wrong)].map((json) => decode(json).problems);
    expect(problems[0]).toEqual([expect.objectContaining({ path: 'spec.azureIdentityRef.spec.type' })]);
    expect(problems[1]).toEqual(problems[0]);
  });

  it('says what is wrong with an embedded object that came before in an object with more problems than are kept', () => {
    const decode = assignedIdentityDecoder();
    const wrong = structuredClone(wire);
    Object.assign(wrong.spec.azureIdentityRef.spec, { type: 'one' });
    const crowded = structuredClone(wrong);
    for (let bits = 0; bits < 64; bits++) {
      const spelling = [...'nodename'].map((letter, at) =>
        (bits >> at) & 1 ? letter.toUpperCase() : letter,
      );
      Object.assign(crowded.spec, { [spelling.join('')]: 'n' });
    }
    expect(decode(crowded).problems).toHaveLength(50);
    expect(decode(wrong).problems).toEqual([
      expect.objectContaining({ path: 'spec.azureIdentityRef.spec.type' }),
    ]);
  });

  it('reads an embedded object without a namespace as one of the namespace that its place gives it', () => {
    const decode = assignedIdentityDecoder();
    const in_ = (namespace: string) => {
      const json = structuredClone(wire) as unknown as {
        metadata: { namespace: string };
        spec: Record<'azureIdentityRef' | 'azureBindingRef', { metadata: { namespace?: string } }>;
      };
      json.metadata.namespace = namespace;
      delete json.spec.azureIdentityRef.metadata.namespace;
      delete json.spec.azureBindingRef.metadata.namespace;
      return value(decode(json)).spec.azureIdentityRef.namespace;
    };
    expect([in_('one'), in_('two'), in_('one')]).toEqual(['one', 'two', 'one']);
  });

  it('does not share what differs', () => {
    const decode = assignedIdentityDecoder();
    const other = structuredClone(wire);
    other.spec.azureIdentityRef.spec.clientID = 'd';
    value(decode(wire));
    expect(value(decode(other)).spec.azureIdentityRef.spec.clientID).toBe('d');
    expect(value(decode(wire)).spec.azureIdentityRef.spec.clientID).toBe(
      wire.spec.azureIdentityRef.spec.clientID,
    );
  });
});
