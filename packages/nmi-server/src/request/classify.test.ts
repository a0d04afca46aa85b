import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify, type MetadataRequest, type RequestRules } from './classify.js';

const rules: RequestRules = { metadataHeaderRequired: true, blockInstanceMetadata: false, hostToken: true };
const tokenTarget = '/metadata/identity/oauth2/token';

function get(
  target: string,
  extra: Partial<RequestRules> = {},
  headers = ['Metadata', 'true'],
  method = 'GET',
): MetadataRequest {
  return classify({ method, target, headers }, { ...rules, ...extra });
}
function reason(request: MetadataRequest): string | undefined {
  return request.kind === 'refused' ? request.refusal.reason : undefined;
}

describe('classify', () => {
  it('reads a token request and builds the one for IMDS anew', () => {
    expect(get(`/MetaData/identity/oauth2/token/?resource=https://x/&client_id=A&bypass_cache=true`)).toEqual(
      {
        kind: 'token',
        query: { resource: 'https://x/', clientId: 'A' },
        forwardTo: `${tokenTarget}?resource=https%3A%2F%2Fx%2F&client_id=A&bypass_cache=true`,
      },
    );
  });

  it('takes msi_res_id for mi_res_id, and both where they agree in any casing', () => {
    expect(get(`${tokenTarget}?resource=r&msi_res_id=/a/B`)).toMatchObject({ query: { resourceId: '/a/B' } });
    expect(get(`${tokenTarget}?resource=r&msi_res_id=/a/B&mi_res_id=/A/b`)).toMatchObject({
      query: { resourceId: '/A/b' },
    });
    expect(reason(get(`${tokenTarget}?resource=r&msi_res_id=/a&mi_res_id=/b`))).toBe(
      'conflicting-resource-ids',
    );
  });

  it.each([
    ['', 'resource-missing'],
    ['?resource=', 'resource-missing'],
    ['?resource=a&resource=a', 'duplicate-parameter'],
    ['?resource=a&res%6Furce=b', 'duplicate-parameter'],
    ['?resource=a&x=1&x=2', 'duplicate-parameter'],
    ['?resource=a&object_id=1', 'object-id-unsupported'],
    ['?resource=a&Client_ID=1', 'misspelt-parameter'],
    ['?resource=a%26client_id%3Db', 'resource-invalid'],
    ['?resource=a%3bclient_id=b', 'resource-invalid'],
    ['?resource=a%2526client_id%253Db', 'resource-invalid'],
    ['?resource=a%ef%bc%86client_id=b', 'resource-invalid'],
    ['?resource=a?b', 'resource-invalid'],
    ['?resource=a%23', 'resource-invalid'],
    ['?resource=%zz', 'malformed-query'],
    ['?resource=%ff', 'malformed-query'],
    ['?resource=a%0ab', 'malformed-query'],
    ['?resource=a\\b', 'malformed-query'],
    ['?resource=a#b', 'malformed-query'],
    ['?=a', 'malformed-query'],
  ])('refuses the query %s as %s', (query, expected) => {
    expect(reason(get(tokenTarget + query))).toBe(expected);
  });

  it('counts an empty parameter as not given', () => {
    expect(get(`${tokenTarget}?resource=a&object_id=&client_id=&`)).toMatchObject({
      kind: 'token',
      query: { resource: 'a' },
    });
  });

  it.each([
    [[], 'metadata-header-missing'],
    [['Metadata', 'false'], 'metadata-header-invalid'],
    [['Metadata', 'true', 'METADATA', 'true'], 'metadata-header-invalid'],
    [['Metadata', 'true', 'x-forwarded-for', ''], 'forwarded-request'],
    [['Metadata', ' TRUE '], undefined],
  ])('judges the headers %j as %s', (headers, expected) => {
    expect(reason(get(`${tokenTarget}?resource=a`, {}, headers))).toBe(expected);
  });

  it('answers other methods with 405 and what is allowed', () => {
    for (const method of ['POST', 'HEAD', 'PUT', 'get', 'BREW']) {
      expect(get(`${tokenTarget}?resource=a`, {}, ['Metadata', 'true'], method)).toMatchObject({
        refusal: { status: 405, headers: { Allow: 'GET' } },
      });
    }
    expect(get('/metadata/scheduledevents', {}, ['Metadata', 'true'], 'PUT')).toMatchObject({
      refusal: { status: 405, headers: { Allow: 'GET, POST' } },
    });
  });

  it('asks /host/token for a pod and for no Metadata header', () => {
    expect(get('/host/token/?resource=r', {}, ['podns', 'a', 'PodName', 'b'])).toEqual({
      kind: 'host-token',
      query: { resource: 'r' },
      pod: { namespace: 'a', name: 'b' },
    });
    expect(reason(get('/host/token?resource=r', {}, ['podns', 'a']))).toBe('pod-headers-invalid');
    expect(reason(get('/host/token?resource=r', {}, ['podns', 'a', 'podns', 'a', 'podname', 'b']))).toBe(
      'pod-headers-invalid',
    );
    expect(reason(get('/host/token?resource=r', { hostToken: false }, ['podns', 'a', 'podname', 'b']))).toBe(
      'unknown-path',
    );
  });

  it('blocks instance metadata where asked, and nothing else', () => {
    const blocked = { blockInstanceMetadata: true };
    expect(get('/METADATA/instance/compute?api-version=1', blocked)).toMatchObject({
      refusal: { status: 403, description: 'Request blocked by AAD Pod Identity NMI' },
    });
    expect(get('/metadata/versions', blocked)).toMatchObject({
      kind: 'passthrough',
      forwardTo: '/metadata/versions',
    });
  });

  it.each([
    '/',
    '/metadata',
    '/metadata/foo',
    '/metadata/attested',
    '/metadata/attested/x',
    '/metadata/versions/1',
    '/Host/token',
  ])('does not know %s', (target) => {
    expect(reason(get(target))).toBe('unknown-path');
  });

  it('lets no spelling through whose most generous reading is a token request', () => {
    const piece = fc.constantFrom(
      ...[
        '/',
        '//',
        '\\',
        '%5c',
        '%2f',
        '%252f',
        '..',
        '.',
        '%2e',
        ';',
        ';a=b',
        '?',
        '#',
        '%00',
        '%0a',
        '%c0%af',
        '\u00ef\u00bc\u008f',
        ' ',
        '\t',
      ],
      ...[
        'metadata',
        'METADATA',
        'identity',
        'Identity',
        'identit%79',
        'oauth2',
        'token',
        'Token',
        'instance',
        'attested',
        'document',
        'versions',
      ],
      ...[
        'http://169.254.169.254',
        'host',
        'resource=a',
        '&',
        '=',
        '/metadata/identity/oauth2/token',
        '/metadata/instance',
      ],
    );
    const target = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          target,
          target.map((text) => `/metadata/${text}`),
        ),
        (raw) => {
          const request = get(raw);
          if (request.kind === 'passthrough') {
            expect(request.forwardTo).toMatch(
              /^\/metadata\/(instance|attested\/document|scheduledevents|versions|loadbalancer)([/?]|$)/,
            );
            expect(generousReading(request.forwardTo)).not.toMatch(/^\/metadata\/identity/);
          }
          if (request.kind === 'token') expect(raw).toMatch(/^\/metadata\/identity\/oauth2\/token\/?\?/i);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

/** Reads a path as the most helpful server could: decodes twice, folds slashes and case, resolves dots, drops parameters. */
function generousReading(target: string): string {
  let path = target.split(/[?#]/)[0] ?? '';
  for (let i = 0; i < 2; i++)
    path = path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  const segments: string[] = [];
  for (const part of path
    .toLowerCase()
    .replaceAll('\\', '/')
    .replace(/[\0\s]/g, '')
    .split('/')) {
    const segment = part.split(';')[0] ?? '';
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}
