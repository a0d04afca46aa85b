/**
 * The exact versions and checksums of everything that images are made of and that this repository does not hold.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './contents.js';

/** A Debian package, by the checksum that the signed archive index gives. */
export interface PackagePin {
  readonly version: string;
  /** Of the `.deb` file, in hex. */
  readonly sha256: string;
}

/** A published build of Node. */
export interface NodePin {
  /** Name of the npm package. */
  readonly package: string;
  /** Of its tarball, as npm writes it. */
  readonly integrity: string;
}

/** Everything pinned. */
export interface Pins {
  readonly debian: Readonly<Record<Architecture, Readonly<Record<string, PackagePin>>>>;
  readonly node: { readonly version: string } & Readonly<Record<Architecture, NodePin>>;
}

const file = join(import.meta.dirname, '..', '..', 'deploy', 'images', 'pins.json');

/** Reads `deploy/images/pins.json`. */
export function readPins(): Pins {
  return JSON.parse(readFileSync(file, 'utf8')) as Pins;
}

/** Writes it. */
export function writePins(pins: Pins): void {
  writeFileSync(file, `${JSON.stringify(pins, undefined, 2)}\n`);
}
