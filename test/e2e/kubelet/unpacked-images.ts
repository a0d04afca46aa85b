import { shortName, type Image, type ImageSource } from './image.js';

/** An unpacked image, as it is handed from one program to another. */
export interface UnpackedRoot {
  /** Folder of the root file system. */
  readonly root: string;
  /** What the OCI runtime's `config.json` says of the process. */
  readonly process: {
    readonly user: { readonly uid: number; readonly gid: number };
    readonly args: readonly string[];
    readonly env: readonly string[];
  };
}

/** The images as they ship, each from its own root file system and nothing of this machine; others from a further source. */
export class UnpackedImages implements ImageSource {
  readonly #roots: ReadonlyMap<string, UnpackedRoot>;
  readonly #others: ImageSource;

  /** `roots`: by the names of the images. */
  constructor(roots: Readonly<Record<string, UnpackedRoot>>, others: ImageSource) {
    this.#roots = new Map(Object.entries(roots));
    this.#others = others;
  }

  async find(name: string): Promise<Image | undefined> {
    const found = this.#roots.get(shortName(name));
    if (found === undefined) return this.#others.find(name);
    const { user, args, env } = found.process;
    const variables = env.map((text): [string, string] => {
      const [key = '', ...value] = text.split('=');
      return [key, value.join('=')];
    });
    return {
      root: found.root,
      mounts: [],
      entrypoint: args,
      command: [],
      environment: Object.fromEntries(variables),
      user,
    };
  }
}
