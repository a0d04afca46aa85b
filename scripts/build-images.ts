/**
 * Builds the images of `mic`, `nmi` and `demo` for every architecture, without an engine: `npm run images`. They lie
 * in `dist/images/oci` as OCI layouts, their bills of materials beside them; `dist/images` itself is what
 * `deploy/images/Dockerfile` builds from.
 *
 * - `--pin`: take the newest packages, and write them into `deploy/images/pins.json`
 * - `--allow-newer`: where a pinned package is no longer to be had, take the newest, and say so
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { billOfMaterials, thirdPartyNotices } from './images/bill-of-materials.js';
import {
  architectures,
  basePackages,
  imageNames,
  images,
  interceptionPackages,
  searchPath,
  type Architecture,
  type ImageName,
  type LayerName,
} from './images/contents.js';
import { DebianPackages } from './images/debian-packages.js';
import { archiveLayer, writeLayout, type Layer } from './images/image-layout.js';
import { fillLayer, type Materials } from './images/layer-folders.js';
import { describeNode } from './images/node-runtime.js';
import { readPins, writePins, type PackagePin, type Pins } from './images/pins.js';
import { buildPrograms } from './program-bundles.js';

const root = join(import.meta.dirname, '..');
const output = join(root, 'dist', 'images');
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'aad-pod-identity', 'images');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const { values } = parseArgs({
  options: { pin: { type: 'boolean', default: false }, 'allow-newer': { type: 'boolean', default: false } },
});
const say = (line: string): void => console.error(line);
const packages = new DebianPackages(cache, values['allow-newer'], say);
if (values.pin) writePins(newestPins());
await build();

async function build(): Promise<void> {
  const pins = readPins();
  const programs = await buildPrograms(say, imageNames);
  const taken = new Map<string, PackagePin>();
  const materials: Materials = {
    pins,
    packages,
    cache,
    programs,
    documents: (image, architecture) => ({
      'sbom.cdx.json': bill(image, architecture),
      'third-party-notices.txt': thirdPartyNotices(image),
    }),
  };
  const bill = (image: ImageName, architecture: Architecture): string => {
    const suffix = `:${architecture}`;
    const debian = [...taken].filter(([key]) => key.endsWith(suffix));
    const byName = Object.fromEntries(debian.map(([key, pin]) => [key.slice(0, -suffix.length), pin]));
    return billOfMaterials(image, architecture, version, pins.node, byName);
  };
  packages.prefetch(
    architectures.flatMap((architecture) =>
      Object.entries(pins.debian[architecture]).map(([name, pin]) => ({ name, architecture, pin })),
    ),
  );
  const layerNames: readonly LayerName[] = ['base', 'interception', ...imageNames];
  const layers = new Map<string, Layer>();
  for (const architecture of architectures) {
    for (const layer of layerNames) {
      const folder = join(output, architecture, layer);
      const found = Object.entries(fillLayer(layer, architecture, folder, materials));
      for (const [name, pin] of found) taken.set(`${name}:${architecture}`, pin);
      layers.set(`${layer}:${architecture}`, archiveLayer(folder, cache));
    }
  }
  copyFileSync(join(root, 'deploy', 'images', 'Dockerfile'), join(output, 'Dockerfile'));
  mkdirSync(join(output, 'sbom'), { recursive: true });
  for (const image of imageNames) {
    const digest = writeImage(image, layers);
    for (const architecture of architectures) {
      writeFileSync(join(output, 'sbom', `${image}-${architecture}.cdx.json`), bill(image, architecture));
      const parts = images[image].layers.map((layer) => layerOf(layers, layer, architecture));
      const mebibytes = (size: (one: Layer) => number): string =>
        (parts.reduce((sum, one) => sum + size(one), 0) / 1_048_576).toFixed(1);
      const sizes = `${mebibytes(({ size }) => size)} MiB to pull, ${mebibytes(({ unpackedSize }) => unpackedSize)} MiB unpacked`;
      console.log(`${image}:${version} ${architecture} ${sizes}`);
    }
    console.log(`${image}:${version} ${digest}`);
  }
}

function writeImage(image: ImageName, layers: ReadonlyMap<string, Layer>): string {
  const { user, entrypoint, environment, title, layers: names } = images[image];
  const { revision, created } = lastCommit();
  const config = {
    User: user,
    Env: Object.entries({ PATH: searchPath, ...environment }).map(([name, value]) => `${name}=${value}`),
    Entrypoint: entrypoint,
    WorkingDir: '/',
    Labels: {
      'org.opencontainers.image.title': title,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': revision,
      'org.opencontainers.image.licenses': 'MIT',
    },
  };
  const platforms = architectures.map((architecture) => ({
    architecture,
    config,
    layers: names.map((name) => layerOf(layers, name, architecture)),
  }));
  return writeLayout(join(output, 'oci', image), version, created, platforms);
}

function layerOf(layers: ReadonlyMap<string, Layer>, name: LayerName, architecture: Architecture): Layer {
  const layer = layers.get(`${name}:${architecture}`);
  if (layer === undefined) throw new Error(`layer ${name} (${architecture}) was not built`);
  return layer;
}

/** An image is as old as the sources that it is built from, so that who builds it again gets the same. */
function lastCommit(): { revision: string; created: string } {
  const shown = execFileSync('git', ['log', '-1', '--format=%H %cI'], { cwd: root, encoding: 'utf8' });
  const [revision = '', created = ''] = shown.trim().split(' ');
  return { revision, created };
}

function newestPins(): Pins {
  const { node } = readPins();
  const debian = (architecture: Architecture): Readonly<Record<string, PackagePin>> =>
    Object.fromEntries(
      [...basePackages, ...interceptionPackages].map(({ name }) => [
        name,
        packages.newest(name, architecture),
      ]),
    );
  return {
    debian: { amd64: debian('amd64'), arm64: debian('arm64') },
    node: {
      version: node.version,
      amd64: describeNode(node.amd64.package, node.version),
      arm64: describeNode(node.arm64.package, node.version),
    },
  };
}
