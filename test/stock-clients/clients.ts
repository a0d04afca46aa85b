import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Installed } from './install.js';

/** How a client names the identity that it wants. */
export type Way = 'client-id' | 'resource-id' | 'none';

/** A client that knows nothing of NMI. */
export interface StockClient {
  readonly id: string;
  /** Library, version, class. */
  readonly name: string;
  /** How it can name an identity. */
  readonly ways: readonly Way[];
  /** Statuses after which it asks again by itself. */
  readonly repeats: readonly number[];
  /** How often it asks for a token on the way to one, where each request is answered with one. */
  readonly calls: number;
  /** Whether it asks without the `Metadata` header first, to see whether anybody is there. */
  readonly probes: boolean;
  /** The program, which prints `{"token"}` or `{"error", "message"}`; the way and what names the identity follow. */
  readonly command: readonly string[];
}

const all: readonly Way[] = ['client-id', 'resource-id', 'none'];
const here = (path: string): string => join(import.meta.dirname, path);

/** Every client, as it was installed. */
export function stockClients(installed: Installed): StockClient[] {
  const [js, python, azureCli] = [
    versionIn('../../node_modules/@azure/identity/package.json', /"version": "(.+?)"/),
    versionIn('python/azure-identity.in', /==(.+)/),
    versionIn('python/azure-cli.in', /==(.+)/),
  ];
  const [go, adal] = ['sdk/azidentity', 'autorest/adal'].map((name) =>
    versionIn('go/go.mod', new RegExp(`/${name} v(.+)`)),
  );
  const java = versionIn('java/pom.xml', /azure-identity<\/artifactId>\s*<version>(.+?)</);
  const sdk = (
    id: string,
    library: string,
    repeats: readonly number[],
    command: readonly string[],
    waysOfDefault: readonly Way[],
  ): StockClient[] => [
    {
      id: `${id}-managed`,
      name: `${library}, ManagedIdentityCredential`,
      ways: all,
      repeats,
      calls: 1,
      probes: false,
      command: [...command, 'managed'],
    },
    {
      id: `${id}-default`,
      name: `${library}, DefaultAzureCredential`,
      ways: waysOfDefault,
      repeats,
      calls: 1,
      probes: id !== 'java',
      command: [...command, 'default'],
    },
  ];
  return [
    ...sdk(
      'js',
      `JavaScript @azure/identity ${js}`,
      [404, 429, 503],
      [process.execPath, here('javascript/client.mjs')],
      all,
    ),
    ...sdk(
      'python',
      `Python azure-identity ${python}`,
      [404, 429, 503],
      [installed.python, here('python/client.py')],
      ['client-id', 'none'],
    ),
    ...sdk('go', `Go azidentity ${go ?? ''}`, [404, 429, 503], [installed.go], ['client-id', 'none']),
    ...sdk(
      'java',
      `Java azure-identity ${java}`,
      [404, 429, 503],
      ['java', '-cp', installed.java, 'StockClient'],
      all,
    ),
    {
      id: 'adal',
      name: `Go adal ${adal ?? ''}, ServicePrincipalToken`,
      ways: all,
      repeats: [404, 429, 503],
      calls: 1,
      probes: false,
      command: [installed.go, 'adal'],
    },
    {
      id: 'az',
      name: `Azure CLI ${azureCli}, az login --identity`,
      ways: all,
      repeats: [],
      // Signed in, it asks anew for the token of the account.
      calls: 2,
      probes: false,
      command: [installed.azureCli, here('python/azure_cli.py')],
    },
  ];
}

function versionIn(file: string, pattern: RegExp): string {
  const version = pattern.exec(readFileSync(here(file), 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${file} names no version (${pattern.source})`);
  return version;
}
