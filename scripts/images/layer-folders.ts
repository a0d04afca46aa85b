/**
 * The folders of files that become the layers of images.
 *
 * @module
 */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  baseFiles,
  basePackages,
  interceptionLinks,
  interceptionPackages,
  mountPoints,
  patternsFor,
  type Architecture,
  type ImageName,
  type LayerName,
} from './contents.js';
import { unpackPackage, type DebianPackages } from './debian-packages.js';
import { fetchNode, unpackNode } from './node-runtime.js';
import type { PackagePin, Pins } from './pins.js';

/** What layers are made from. */
export interface Materials {
  readonly pins: Pins;
  readonly packages: DebianPackages;
  /** Where downloads are kept. */
  readonly cache: string;
  readonly programs: Readonly<Record<ImageName, string>>;
  /** Texts that accompany a program: by file name, their contents. */
  documents(image: ImageName, architecture: Architecture): Readonly<Record<string, string>>;
}

/** Fills an empty `folder` with the files of a layer. @returns the Debian packages in it, as they were taken */
export function fillLayer(
  layer: LayerName,
  architecture: Architecture,
  folder: string,
  materials: Materials,
): Readonly<Record<string, PackagePin>> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (layer !== 'base' && layer !== 'interception') {
    addProgram(layer, folder, materials.programs[layer], materials.documents(layer, architecture));
    return {};
  }
  if (layer === 'base') addBase(folder, architecture, materials);
  else for (const [path, target] of Object.entries(interceptionLinks)) link(folder, path, target);
  const taken: Record<string, PackagePin> = {};
  for (const one of layer === 'base' ? basePackages : interceptionPackages) {
    const pinned = materials.pins.debian[architecture][one.name];
    if (pinned === undefined) throw new Error(`${one.name} is not pinned: run npm run images -- --pin`);
    const { path, pin } = materials.packages.fetch(one.name, architecture, pinned);
    unpackPackage(path, one.name, patternsFor(one, architecture), folder, one.copyrightOf === undefined);
    taken[one.name] = pin;
  }
  return taken;
}

function addBase(folder: string, architecture: Architecture, { pins, cache }: Materials): void {
  for (const path of mountPoints) mkdirSync(join(folder, path), { recursive: true });
  for (const [path, text] of Object.entries(baseFiles)) write(join(folder, path), text);
  unpackNode(fetchNode(cache, pins.node.version, pins.node[architecture]), folder);
}

/** The bundled file, and a name for it on `PATH`. */
function addProgram(
  name: ImageName,
  folder: string,
  program: string,
  documents: Readonly<Record<string, string>>,
): void {
  const file = join(folder, 'app', `${name}.mjs`);
  // There is no /usr/bin/env.
  write(file, readFileSync(program, 'utf8').replace(/^#!.*\n/, '#!/usr/bin/node\n'));
  chmodSync(file, 0o755);
  link(folder, `usr/bin/${name}`, `../../app/${name}.mjs`);
  const texts = join(folder, 'usr', 'share', 'doc', 'aad-pod-identity');
  for (const [path, text] of Object.entries(documents)) write(join(texts, path), text);
  copyFileSync(join(import.meta.dirname, '..', '..', 'LICENSE'), join(texts, 'LICENSE'));
}

function link(folder: string, path: string, target: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  symlinkSync(target, join(folder, path));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
