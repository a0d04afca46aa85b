import { dirname, join } from 'node:path';
import { shortName, type Image, type ImageSource } from './image.js';

const repository = join(import.meta.dirname, '..', '..', '..');
const clients = join(import.meta.dirname, '..', 'containers');

/**
 * Images that are this machine's own file system with a program of this repository: the built `mic`, `nmi` and `demo`, and
 * the clients in `containers/`.
 */
export class BuiltPrograms implements ImageSource {
  readonly #files: ReadonlyMap<string, string>;

  /** `files`: paths of programs, by the names of their images. */
  constructor(files: Readonly<Record<string, string>>) {
    this.#files = new Map([
      ['app', join(clients, 'sleeper.mjs')],
      ...Object.entries(files),
      ...['token-client', 'sdk-client', 'sleeper'].map(
        (name) => [name, join(clients, `${name}.mjs`)] as const,
      ),
    ]);
  }

  async find(name: string): Promise<Image | undefined> {
    const file = this.#files.get(shortName(name));
    if (file === undefined) return undefined;
    // The prefix of Node's installation: bin, lib and what else is beside it.
    const node = dirname(dirname(process.execPath));
    return {
      root: '/',
      mounts: [...new Set([repository, node])].map((path) => ({
        source: path,
        target: path,
        readOnly: true,
      })),
      entrypoint: [process.execPath, file],
      command: [],
      environment: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      user: { uid: 0, gid: 0 },
    };
  }
}
