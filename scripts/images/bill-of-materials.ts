/**
 * What an image is made of, in CycloneDX 1.6, and the licences that must accompany it.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledPackages } from '../program-bundles.js';
import { images, packagesOf, type Architecture, type ImageName } from './contents.js';
import type { PackagePin, Pins } from './pins.js';

const root = join(import.meta.dirname, '..', '..');

/** An entry of `package-lock.json`. */
interface LockedPackage {
  readonly name?: string;
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
}

/** A part, in CycloneDX. */
interface Component {
  readonly type: 'library' | 'platform' | 'operating-system';
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly object[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

/**
 * The bill of materials of an image: what the bundler put into the program (not what is merely installed), Node, and
 * the Debian packages, each with the checksum that it is pinned by.
 *
 * @param debian - the packages as they were taken
 */
export function billOfMaterials(
  image: ImageName,
  architecture: Architecture,
  version: string,
  node: Pins['node'],
  debian: Readonly<Record<string, PackagePin>>,
): string {
  const components = [
    ...npmComponents(image),
    nodeComponent(node, architecture),
    ...packagesOf(image).map(({ name }) => debianComponent(name, architecture, debian[name])),
  ];
  const component = {
    type: 'container',
    name: `aad-pod-identity/${image}`,
    version,
    description: images[image].title,
  };
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component },
    components,
  };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

/** The licences and notices of everything that the bundler put into a program. */
export function thirdPartyNotices(image: ImageName): string {
  const lock = readLock();
  return bundledPackages(image)
    .map((folder) => {
      const { name, version, license } = describe(folder, lock);
      const texts = readdirSync(join(root, folder))
        .filter((file) => /^(licen[sc]e|notice|copying|thirdpartynotice)/i.test(file))
        .map((file) => readFileSync(join(root, folder, file), 'utf8').trim());
      return [`${name} ${version} (${license ?? 'see below'})`, ...texts].join('\n\n');
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n');
}

function npmComponents(image: ImageName): Component[] {
  const lock = readLock();
  return bundledPackages(image).map((folder) => {
    const { name, version, license, integrity } = describe(folder, lock);
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    return {
      type: 'library',
      name,
      version,
      purl,
      ...(license === undefined ? {} : { licenses: [licence(license)] }),
      ...(integrity === undefined ? {} : { hashes: [sha512(integrity)] }),
    };
  });
}

function nodeComponent(node: Pins['node'], architecture: Architecture): Component {
  const { version } = node;
  const { package: name, integrity } = node[architecture];
  return {
    type: 'platform',
    name: 'node',
    version,
    purl: `pkg:npm/${name}@${version}`,
    hashes: [sha512(integrity)],
  };
}

function debianComponent(name: string, architecture: Architecture, pin: PackagePin | undefined): Component {
  if (pin === undefined) throw new Error(`the image has ${name}, which was not taken`);
  const { version, sha256 } = pin;
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-12`;
  const type = name === 'base-files' ? 'operating-system' : 'library';
  return { type, name, version, purl, hashes: [{ alg: 'SHA-256', content: sha256 }] };
}

function describe(
  folder: string,
  lock: Readonly<Record<string, LockedPackage>>,
): LockedPackage & { readonly name: string } {
  const found = lock[folder];
  if (found === undefined) throw new Error(`package-lock.json has no ${folder}`);
  return {
    ...found,
    name: found.name ?? folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
  };
}

function readLock(): Readonly<Record<string, LockedPackage>> {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  return packages;
}

/** An identifier of SPDX, or an expression of several. */
function licence(text: string): object {
  return /\s/.test(text) ? { expression: text } : { license: { id: text } };
}

function sha512(integrity: string): { alg: string; content: string } {
  return { alg: 'SHA-512', content: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') };
}
