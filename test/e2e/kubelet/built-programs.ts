import { dirname, join } from 'node:path';
import { shortName, type Image, type ImageSource } from './image.js';

const repository = join(import.meta.dirname, '..', '..', '..');
const clients = join(import.meta.dirname, '..', 'containers');

/**
 * Images that are this machine's own file system with a program of this repository: the built `mic`, `nmi` and `demo`,
 * the clients in `containers/`, and those of `npm run stock-clients`.
 */
export class BuiltPrograms implements ImageSource {
  readonly #cache: string | undefined;
  readonly #commands: ReadonlyMap<string, readonly string[]>;

  /**
   * By the names of their images: `files` has paths of programs for Node, `commands` other programs with their first
   * arguments, in folders that `cache` is one of.
   */
  constructor(
    files: Readonly<Record<string, string>>,
    commands: Readonly<Record<string, readonly string[]>> = {},
    cache?: string,
  ) {
    const named = ['token-client', 'sdk-client', 'sleeper'].map((name) => [name, `${name}.mjs`] as const);
    const own = [...named, ['app', 'sleeper.mjs'] as const].map(
      ([name, file]) => [name, join(clients, file)] as const,
    );
    this.#commands = new Map([
      ...[...own, ...Object.entries(files)].map(([name, file]) => [name, [process.execPath, file]] as const),
      ...Object.entries(commands),
    ]);
    this.#cache = cache;
  }

  async find(name: string): Promise<Image | undefined> {
    const entrypoint = this.#commands.get(shortName(name));
    if (entrypoint === undefined) return undefined;
    // The prefix of Node's installation: bin, lib and what else is beside it.
    const node = dirname(dirname(process.execPath));
    return {
      root: '/',
      mounts: [...new Set([repository, node, ...(this.#cache === undefined ? [] : [this.#cache])])].map(
        (path) => ({
          source: path,
          target: path,
          readOnly: true,
        }),
      ),
      entrypoint,
      command: [],
      environment: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      user: { uid: 0, gid: 0 },
    };
  }
}
