import { join } from 'node:path';
import { shortName, type Image, type ImageSource } from './image.js';

/** Where the original's images are. */
const registry = 'mcr.microsoft.com/oss/azure/aad-pod-identity/';
const program = join(import.meta.dirname, '..', 'containers', 'original.mjs');

/** For images of the original a program that stands for its `mic` and `nmi`; others from a further source. */
export class OriginalImages implements ImageSource {
  readonly #others: ImageSource;

  constructor(others: ImageSource) {
    this.#others = others;
  }

  async find(name: string): Promise<Image | undefined> {
    if (!name.startsWith(registry)) return this.#others.find(name);
    const image = await this.#others.find('token-client');
    if (image === undefined) return undefined;
    const [node = ''] = image.entrypoint;
    return { ...image, entrypoint: [node, program, shortName(name)] };
  }
}
