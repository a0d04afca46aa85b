/**
 * Images as OCI layouts: folders that every tool for images reads, without an engine.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Architecture } from './contents.js';

/** A layer, compressed and addressed by content. */
export interface Layer {
  /** The compressed file. */
  readonly path: string;
  /** `sha256:…` of the compressed file. */
  readonly digest: string;
  /** In bytes, compressed. */
  readonly size: number;
  /** `sha256:…` of the uncompressed archive. */
  readonly diffId: string;
  /** In bytes, uncompressed. */
  readonly unpackedSize: number;
}

/** How an image is run, in the words of OCI. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly WorkingDir: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** An image for one architecture. */
export interface PlatformImage {
  readonly architecture: Architecture;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const type = (name: string): string => `application/vnd.oci.image.${name}`;

/** Archives a folder: the same files give the same bytes, whoever builds, whenever. */
export function archiveLayer(folder: string, cache: string): Layer {
  const layers = join(cache, 'layers');
  mkdirSync(layers, { recursive: true });
  const work = mkdtempSync(join(layers, 'archive-'));
  try {
    const archive = join(work, 'layer.tar');
    const reproducible = [
      '--sort=name',
      '--mtime=@0',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      // Whatever the umask of who builds.
      '--mode=u+rwX,go=rX',
      '--format=gnu',
    ];
    execFileSync('tar', ['-c', ...reproducible, '-f', archive, '-C', folder, '.']);
    const bytes = readFileSync(archive);
    const diffId = sha256(bytes);
    const path = join(layers, `${diffId.replace('sha256:', '')}.tar.gz`);
    if (!existsSync(path)) {
      writeFileSync(join(work, 'layer.tar.gz'), gzipSync(bytes, { level: 6 }));
      renameSync(join(work, 'layer.tar.gz'), path);
    }
    const digest = sha256(readFileSync(path));
    return { path, digest, size: statSync(path).size, diffId, unpackedSize: bytes.length };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Writes a layout with one image for several architectures under `tag`, and each alone under `tag-ARCHITECTURE`.
 *
 * @returns the digest of the whole
 */
export function writeLayout(
  folder: string,
  tag: string,
  created: string,
  platforms: readonly PlatformImage[],
): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'blobs', 'sha256'), { recursive: true });
  const blobOf = (digest: string): string => join(folder, 'blobs', 'sha256', digest.replace('sha256:', ''));
  const add = (mediaType: string, json: object): Descriptor => {
    const text = JSON.stringify(json);
    const digest = sha256(text);
    writeFileSync(blobOf(digest), text);
    return { mediaType, digest, size: Buffer.byteLength(text) };
  };
  const manifests = platforms.map(({ architecture, config, layers }) => {
    for (const { path, digest } of layers) copyFileSync(path, blobOf(digest));
    const platform = { architecture, os: 'linux' };
    const described = add(type('config.v1+json'), {
      ...platform,
      created,
      config,
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(() => ({ created })),
    });
    const manifest = add(type('manifest.v1+json'), {
      schemaVersion: 2,
      mediaType: type('manifest.v1+json'),
      config: described,
      layers: layers.map(({ digest, size }) => ({ mediaType: type('layer.v1.tar+gzip'), digest, size })),
    });
    return { ...manifest, platform };
  });
  const index = { schemaVersion: 2, mediaType: type('index.v1+json') };
  const whole = add(type('index.v1+json'), { ...index, manifests });
  const named = (descriptor: Descriptor, name: string): object => ({
    ...descriptor,
    annotations: { 'org.opencontainers.image.ref.name': name },
  });
  writeFileSync(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(
    join(folder, 'index.json'),
    JSON.stringify({
      ...index,
      manifests: [
        named(whole, tag),
        ...manifests.map((manifest) => named(manifest, `${tag}-${manifest.platform.architecture}`)),
      ],
    }),
  );
  return whole.digest;
}

function sha256(bytes: string | Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
