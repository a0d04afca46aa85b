/**
 * Images as a container runtime has them: unpacked by another program than the one that packed them.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Architecture, ImageName } from '../../scripts/images/contents.js';

const root = join(import.meta.dirname, '..', '..');
const output = join(root, 'dist', 'images');

/** The architecture of this machine. */
export const ownArchitecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** Version of the images: that of the project. */
export const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
};

/** An image, unpacked; gone when disposed. */
export interface UnpackedImage extends Disposable {
  /** Its root file system. */
  readonly rootFileSystem: string;
  /** The OCI runtime's `config.json` that its settings make. */
  readonly config: RuntimeConfig;
}

/** What of a `config.json` is looked at here. */
export interface RuntimeConfig {
  readonly process: {
    readonly user: { readonly uid: number; readonly gid: number };
    readonly args: readonly string[];
    readonly env: readonly string[];
    readonly cwd: string;
  };
}

/** Unpacks an image of one architecture. Throws where it is not built, or umoci is not installed. */
export function unpackImage(image: ImageName, architecture: Architecture = ownArchitecture): UnpackedImage {
  const layout = join(output, 'oci', image);
  if (!existsSync(layout)) throw new Error(`${image} is not built; run: npm run images`);
  const folder = mkdtempSync(join(tmpdir(), `image-${image}-`));
  const bundle = join(folder, 'bundle');
  execFileSync('umoci', ['unpack', '--image', `${layout}:${version}-${architecture}`, bundle], {
    stdio: 'pipe',
  });
  return {
    rootFileSystem: join(bundle, 'rootfs'),
    config: JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as RuntimeConfig,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A file of the build's output beside the images. */
export function readOutput(...path: readonly string[]): string {
  return readFileSync(join(output, ...path), 'utf8');
}
