/** What is in an image, as much as is needed to run it. */
export interface Image {
  /** The folder that is the root of its file system. Nothing is written to it. */
  readonly root: string;
  /** Files and folders of this machine that it needs beside that, each at its own path or another. */
  readonly mounts: readonly Mount[];
  readonly entrypoint: readonly string[];
  /** The arguments where a pod gives none. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user: { readonly uid: number; readonly gid: number };
}

/** A file or folder of this machine, seen at a path of a container. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Where images come from. */
export interface ImageSource {
  /** The image of this name (`registry/name:tag`, as a pod gives it); `undefined` where this source has none. */
  find(name: string): Promise<Image | undefined>;
}

/** The last part of an image's name, without tag and digest. */
export function shortName(image: string): string {
  return (image.split('/').at(-1) ?? '').replace(/[:@].*$/, '');
}
