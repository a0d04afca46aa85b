/**
 * Programs that run from their images.
 *
 * @module
 */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageNames, type ImageName } from '../../scripts/images/contents.js';
import { unpackImage } from './unpacked-image.js';

/** What the pod of each is given. `NET_RAW` is for iptables-legacy, which opens a raw socket. */
const capabilities: Readonly<Record<ImageName, readonly string[]>> = {
  mic: [],
  nmi: ['CAP_NET_ADMIN', 'CAP_NET_RAW'],
  demo: [],
};

/** How a container differs from what its image says. */
interface Changes {
  /** Folders of this machine that it sees, where they are. */
  readonly readable?: readonly string[];
  /** Takes the place of the entrypoint. */
  readonly program?: string;
}

/** How a container is run that ends by itself. */
interface Run extends Changes {
  /** In an empty network instead of the machine's. */
  readonly ownNetwork?: boolean;
}

/** The images of this machine's architecture, ready to be run; gone when disposed. */
export class Containers implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'image-containers-'));
  readonly #images = new Map(imageNames.map((name) => [name, unpackImage(name)]));
  #launchers = 0;

  /** A file that `node FILE ARGUMENTS` runs as a container of an image, in the network where it is started. */
  launcher(name: ImageName, { readable = [], program }: Changes = {}): string {
    const image = this.#images.get(name);
    if (image === undefined) throw new Error(`there is no image ${name}`);
    const { config, rootFileSystem } = image;
    const process_ = program === undefined ? config.process : { ...config.process, args: [program] };
    const options = {
      config: { ...config, process: process_ },
      rootFileSystem,
      capabilities: capabilities[name],
      readable,
      work: join(this.#folder, 'run'),
      mountsOf: process.pid,
      name,
    };
    const file = join(this.#folder, `${name}-${this.#launchers++}.mjs`);
    const module = JSON.stringify(join(import.meta.dirname, 'container.mjs'));
    writeFileSync(
      file,
      `import { runContainer } from ${module};\nrunContainer(${JSON.stringify(options)});\n`,
    );
    return file;
  }

  /** Runs an image to its end. */
  run(
    name: ImageName,
    args: readonly string[],
    { ownNetwork = false, ...changes }: Run = {},
  ): SpawnSyncReturns<string> {
    const launch = [process.execPath, this.launcher(name, changes), ...args];
    const [program = '', ...rest] = ownNetwork ? ['unshare', '--net', ...launch] : launch;
    return spawnSync(program, rest, {
      encoding: 'utf8',
      timeout: 60_000,
      env: { PATH: process.env['PATH'] },
    });
  }

  [Symbol.dispose](): void {
    for (const image of this.#images.values()) image[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
