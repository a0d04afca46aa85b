/**
 * Published builds of Node, by npm.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NodePin } from './pins.js';

/** The path of the tarball of a pinned build; one that the cache holds needs no network. */
export function fetchNode(cache: string, version: string, pin: NodePin): string {
  const folder = join(cache, 'node');
  const path = join(folder, `${pin.package}-${version}.tgz`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const download = mkdtempSync(join(folder, 'download-'));
  try {
    const packed = execFileSync('npm', ['pack', '--silent', `${pin.package}@${version}`], {
      cwd: download,
      encoding: 'utf8',
    });
    const file = join(download, packed.trim());
    const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
    if (found !== pin.integrity)
      throw new Error(`${pin.package}@${version} is ${found}, and ${pin.integrity} is pinned`);
    renameSync(file, path);
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
  return path;
}

/** What the registry says a build is. */
export function describeNode(name: string, version: string): NodePin {
  const integrity = execFileSync('npm', ['view', `${name}@${version}`, 'dist.integrity'], {
    encoding: 'utf8',
  }).trim();
  return { package: name, integrity };
}

/** Puts the program `node` and its licence in place. */
export function unpackNode(path: string, root: string): void {
  mkdirSync(join(root, 'usr', 'bin'), { recursive: true });
  const documents = join(root, 'usr', 'share', 'doc', 'node');
  mkdirSync(documents, { recursive: true });
  const unpack = (file: string, to: string): void =>
    void execFileSync('tar', [
      '-xzf',
      path,
      '-C',
      to,
      '--strip-components',
      `${file.split('/').length - 1}`,
      file,
    ]);
  unpack('package/bin/node', join(root, 'usr', 'bin'));
  unpack('package/LICENSE', documents);
}
