import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignedIdentityDecoder } from './assigned-identity-decoder.js';
import { decodeAzureAssignedIdentity } from './azure-assigned-identity.js';
import { decodeAzureIdentity } from './azure-identity.js';
import { decodeAzureIdentityBinding } from './azure-identity-binding.js';
import { decodeAzurePodIdentityException } from './azure-pod-identity-exception.js';
import type { Decoded } from './decoded.js';
import { decodeNode } from './node.js';
import { bindingLabel, decodePod } from './pod.js';

const decoders: Readonly<Record<string, (json: unknown) => Decoded<unknown>>> = {
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  decodeAzureAssignedIdentity,
  assignedIdentityDecoder: assignedIdentityDecoder(),
  decodeAzurePodIdentityException,
  decodePod,
  decodeNode,
};
const FIELDS = [
  'metadata',
  'spec',
  'status',
  'labels',
  'annotations',
  'finalizers',
  'podLabels',
  'azureIdentityRef',
];
const keys = fc.constantFrom(
  ...FIELDS,
  'name',
  'namespace',
  'type',
  'Selector',
  'podIPs',
  '__proto__',
  'constructor',
);
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    fc.jsonValue(),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.array(fc.tuple(keys, tie('json')), { maxLength: 6 }).map((entries) =>
      // Through text, as an API server sends it: so `__proto__` is a key of its own.
      JSON.parse(
        `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`,
      ),
    ),
  ),
}));
const named = fc.tuple(json, json, json).map(([metadata, spec, status]) => ({
  metadata: { ...(typeof metadata === 'object' ? metadata : {}), namespace: 'a', name: 'x' },
  spec,
  status,
}));

describe.each(Object.entries(decoders))('%s', (_name, decode) => {
  it('never throws, and names what is wrong where it gives no value', () => {
    fc.assert(
      fc.property(json, (input) => {
        const decoded = decode(input);
        if (!decoded.ok) expect(decoded.problems.length).toBeGreaterThan(0);
        for (const problem of decoded.problems) expect(problem.message && problem.fix).not.toBe('');
      }),
    );
  });

  it('gives a value for everything that has a name, with a bounded number of problems', () => {
    fc.assert(
      fc.property(named, (input) => {
        const decoded = decode(input);
        expect(decoded.ok).toBe(true);
        expect(decoded.problems.length).toBeLessThanOrEqual(55);
      }),
    );
  });

  it('leaves every prototype alone', () => {
    const hostile = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    decode(JSON.parse(`{"metadata":{"namespace":"a","name":"x","labels":${hostile}},"spec":${hostile}}`));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['no object', 7],
    ['a list', []],
    ['no metadata', {}],
    ['an empty name', { metadata: { namespace: 'a', name: '' } }],
    ['a slash in the name', { metadata: { namespace: 'a', name: 'a/b' } }],
    ['a name too long', { metadata: { namespace: 'a', name: 'x'.repeat(254) } }],
  ])('gives no value for %s', (_title, input) => {
    const decoded = decode(input);
    expect(decoded.ok).toBe(false);
    expect(decoded.problems.length).toBeGreaterThan(0);
  });
});

describe('decodeAzureIdentityBinding', () => {
  it('reads old spellings, and a weight', () => {
    const decoded = decodeAzureIdentityBinding({
      metadata: { namespace: 'a', name: 'b' },
      spec: { AzureIdentity: 'i', Selector: 's', Weight: 3 },
    });
    expect(decoded).toMatchObject({
      ok: true,
      value: { spec: { azureIdentity: 'i', selector: 's', weight: 3 } },
    });
    expect(decoded.problems.map(({ fix }) => fix)).toEqual([
      'write "azureIdentity"',
      'write "selector"',
      'write "weight"',
    ]);
  });

  it('takes a number for no selector, and says to quote it', () => {
    const decoded = decodeAzureIdentityBinding({
      metadata: { namespace: 'a', name: 'b' },
      spec: { azureIdentity: 'i', selector: 42 },
    });
    expect(decoded).toMatchObject({ ok: true, value: { spec: { selector: '' } } });
    expect(decoded.problems).toEqual([
      { path: 'spec.selector', message: 'is a number', fix: 'write a string: "42"' },
    ]);
  });
});

describe('decodeAzurePodIdentityException', () => {
  it('excepts nobody where a label can not be read, rather than more pods than meant', () => {
    const decoded = decodeAzurePodIdentityException({
      metadata: { namespace: 'a', name: 'e' },
      spec: { podLabels: { app: 'mic', tier: 1 } },
    });
    expect(decoded).toMatchObject({ ok: true, value: { spec: { podLabels: {} } } });
    expect(decoded.problems.map(({ path }) => path)).toEqual(['spec.podLabels.tier', 'spec.podLabels']);
  });
});

describe('decodePod', () => {
  const json = {
    metadata: {
      namespace: 'a',
      name: 'p',
      uid: 'u',
      resourceVersion: '7',
      deletionTimestamp: '2026-01-01T00:00:00Z',
      labels: { aadpodidbinding: 's', app: 'web' },
    },
    spec: { nodeName: 'n', hostNetwork: true, containers: [] },
    status: { phase: 'Running', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] },
  };

  it('keeps what is read of it', () => {
    expect(decodePod(json)).toEqual({
      ok: true,
      problems: [],
      value: {
        namespace: 'a',
        name: 'p',
        uid: 'u',
        resourceVersion: '7',
        labels: { aadpodidbinding: 's', app: 'web' },
        nodeName: 'n',
        phase: 'Running',
        podIPs: ['10.0.0.1', 'fd00::1'],
        hostNetwork: true,
        deleting: true,
      },
    });
  });

  it('keeps only the labels asked for', () => {
    expect(decodePod(json, { labels: ['aadpodidbinding'] })).toMatchObject({
      value: { labels: { aadpodidbinding: 's' } },
    });
    expect(bindingLabel({ labels: {} })).toBe('');
  });
});
