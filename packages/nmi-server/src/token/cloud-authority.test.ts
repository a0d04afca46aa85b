import { UsageError } from '@aad-pod-identity/program';
import { describe, expect, it } from 'vitest';
import { cloudAuthority } from './cloud-authority.js';

const file = '/etc/kubernetes/akscustom.json';
const reading =
  (text: string) =>
  (path: string): Promise<string> =>
    path === file
      ? Promise.resolve(text)
      : Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' }));
const stack = (activeDirectoryEndpoint: string): string =>
  JSON.stringify({ activeDirectoryEndpoint, resourceManagerEndpoint: 'https://management.stack.example/' });

describe('the login endpoint of the cloud', () => {
  it('is the public one where no file is named, and then nothing is read', async () => {
    const read = (): Promise<string> => Promise.reject(new Error('read'));
    expect(await cloudAuthority('', read)).toBe('https://login.microsoftonline.com');
  });

  it.each(['https://login.stack.example', 'https://LOGIN.stack.example/'])(
    'of a custom cloud is what its file says: %s',
    async (endpoint) => {
      expect(await cloudAuthority(file, reading(stack(endpoint)))).toBe('https://login.stack.example');
      expect(await cloudAuthority(file, reading(`\uFEFF${stack(endpoint)}`))).toBe(
        'https://login.stack.example',
      );
    },
  );

  it.each([
    ['cannot read it: there is no such file', '/nowhere.json', ''],
    ['it is not JSON', file, '{'],
    ['needs "activeDirectoryEndpoint"', file, '{}'],
    ['not an https address without a path', file, stack('https://adfs.stack.example/adfs')],
  ])('is refused, and never another one taken: %s', async (message, path, text) => {
    const error: unknown = await cloudAuthority(path, reading(text)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(`${path}: `);
    expect((error as Error).message).toContain(message);
  });
});
