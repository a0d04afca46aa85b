/**
 * Objects as careless and hostile people write them.
 *
 * @module
 */
import fc from 'fast-check';
import { kinds, type Kind, type Written } from './verdict.js';

const resource =
  '/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/n';
const fields: Readonly<Record<Kind, readonly string[]>> = {
  AzureIdentity: [
    'type',
    'resourceID',
    'clientID',
    'clientPassword',
    'tenantID',
    'auxiliaryTenantIDs',
    'adResourceID',
    'adEndpoint',
    'replicas',
  ],
  AzureIdentityBinding: ['azureIdentity', 'selector', 'weight'],
  AzurePodIdentityException: ['podLabels'],
};

/** Characters that end a segment of a resource ID, that look like others, or that are longer than they seem. */
const odd = [
  '/',
  '?',
  '#',
  ' ',
  '"',
  "'",
  ',',
  '\\',
  '\u00a0',
  '\ufeff',
  '\u2003',
  '\u0085',
  'ſ',
  '\u212a',
  'İ',
  '𝔘',
  'é',
  '\u200b',
];

const resourceIds = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      resource,
      resource.toUpperCase(),
      `https://management.azure.com${resource}?api-version=1`,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      'n',
      `${resource}/`,
      resource.replace('/n', '/'),
      `${resource}${resource}`,
    ),
  },
  fc
    .tuple(fc.nat(resource.length), fc.constantFrom(...odd), fc.nat(1))
    .map(([at, character, cut]) => resource.slice(0, at) + character + resource.slice(at + cut)),
  // About as long as may be.
  fc
    .tuple(fc.constantFrom('n', '𝔘', 'İ'), fc.integer({ min: 960, max: 2060 }))
    .map(([character, count]) => (resource + character.repeat(count)).slice(0, 2049)),
);
const texts = fc.oneof(
  fc.constantFrom('', 'a', 'team-a', '42'),
  fc.string({ maxLength: 6 }).map(plain),
  resourceIds,
);
const scalars = fc.constantFrom<unknown>(
  null,
  true,
  false,
  0,
  1,
  2,
  3,
  -1,
  7,
  1.5,
  0.25,
  9007199254740991,
  2147483648,
  '',
  'x',
  '0',
);
const values = fc.oneof(
  { weight: 3, arbitrary: texts },
  { weight: 3, arbitrary: scalars },
  fc.array(scalars, { maxLength: 3 }),
  fc.dictionary(
    fc.constantFrom('name', 'Name', 'NAME', 'namespace', 'nameSpace', 'x'),
    fc.oneof(texts, scalars),
  ),
);

/** The usual spelling mostly, another casing at times. */
function spelled(name: string): fc.Arbitrary<string> {
  const [first = '', rest = ''] = [name[0], name.slice(1)];
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(name) },
    fc.constantFrom(
      first.toUpperCase() + rest,
      name.toUpperCase(),
      name.toLowerCase(),
      `${first}${rest.toUpperCase()}`,
    ),
  );
}

const usual: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  type: fc.constantFrom(0, 0, 0, 1, 2, 3, -1),
  resourceID: resourceIds,
  clientID: fc.constantFrom('c', 'c', ''),
  clientPassword: fc.dictionary(
    fc.constantFrom('name', 'Name', 'namespace', 'Namespace'),
    fc.constantFrom<unknown>('a', 'b', 5),
  ),
  auxiliaryTenantIDs: fc.array(fc.constant('t'), { maxLength: 2 }),
  replicas: fc.constantFrom(0, 3),
  weight: fc.constantFrom(0, -5, 100),
  podLabels: fc.dictionary(
    fc.constantFrom('app', 'a/b', 'a.b', 'x"y', '__proto__', 'constructor', 'k'.repeat(90)),
    fc.oneof({ weight: 5, arbitrary: fc.constantFrom<unknown>('mic', '') }, scalars),
  ),
};

function entriesOf(kind: Kind): fc.Arbitrary<readonly (readonly [string, unknown])[]> {
  const one = fc
    .constantFrom(...fields[kind])
    .chain((name) =>
      fc.tuple(spelled(name), fc.oneof({ weight: 5, arbitrary: usual[name] ?? texts }, values)),
    );
  const full = fc.tuple(
    ...fields[kind].map((name) =>
      fc.tuple(spelled(name), fc.oneof({ weight: 12, arbitrary: usual[name] ?? fc.constant('a') }, values)),
    ),
  );
  const unknown = fc.tuple(fc.constantFrom('metadata', 'Metadata', 'note', 'constructor'), fc.constant({}));
  return fc.oneof(
    { weight: 2, arbitrary: full },
    fc
      .tuple(full, fc.array(fc.oneof(one, unknown), { maxLength: 2 }))
      .map(([all, more]) => [...all, ...more]),
    fc.array(fc.oneof({ weight: 6, arbitrary: one }, unknown), { maxLength: 5 }),
  );
}

const annotations = fc.oneof(
  { weight: 5, arbitrary: fc.constant(undefined) },
  fc
    .constantFrom('namespaced', 'Namespaced', '', 'cluster')
    .map((value) => ({ 'aadpodidentity.k8s.io/Behavior': value })),
);

/** Any object of the three kinds. */
export const writtenObjects: fc.Arbitrary<Written> = fc.constantFrom(...kinds).chain((kind) =>
  fc
    .tuple(fc.oneof({ weight: 40, arbitrary: entriesOf(kind) }, fc.constant(undefined)), annotations)
    .map(([entries, annotated]) => ({
      kind,
      // Through text, as it goes over the wire: so `__proto__` is a key of its own.
      spec: entries === undefined ? undefined : fromEntries(entries),
      ...(annotated === undefined ? {} : { annotations: annotated }),
    })),
);

function fromEntries(entries: readonly (readonly [string, unknown])[]): unknown {
  const unique = new Map(entries);
  return JSON.parse(
    `{${[...unique].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`,
  );
}

/** Without what separates problems in a message. */
function plain(text: string): string {
  return text.replaceAll(/[;\n\r]/g, '');
}
