import { describe, expect, it } from 'vitest';
import { metadataEndpoint } from './metadata-endpoint.js';

describe('metadataEndpoint', () => {
  it('prefers the option, then the environment, then the address of IMDS', () => {
    const environment = { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://10.0.0.1:80/' };
    expect(metadataEndpoint('http://127.0.0.1:2579', environment).origin).toBe('http://127.0.0.1:2579');
    expect(metadataEndpoint(undefined, environment).origin).toBe('http://10.0.0.1');
    expect(metadataEndpoint(undefined, {}).origin).toBe('http://169.254.169.254');
    expect(metadataEndpoint(undefined, { AZURE_POD_IDENTITY_AUTHORITY_HOST: '' }).origin).toBe(
      'http://169.254.169.254',
    );
  });

  it.each(['', '169.254.169.254', 'https://h', 'http://u:p@h', 'http://h/path', 'http://h?q=1'])(
    'refuses %j',
    (endpoint) => {
      expect(() => metadataEndpoint(endpoint, {})).toThrow(/^endpoint must be an address/);
      if (endpoint === '') return;
      expect(() => metadataEndpoint(undefined, { AZURE_POD_IDENTITY_AUTHORITY_HOST: endpoint })).toThrow(
        /^AZURE_POD_IDENTITY_AUTHORITY_HOST must be an address/,
      );
    },
  );
});
