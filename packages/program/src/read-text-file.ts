import { UsageError } from './usage-error.js';

/**
 * Reads a file that an operator named.
 *
 * @param read - gives its text; rejects with an error that has a `code` such as `ENOENT`
 * @param said - what the file is called in messages
 * @throws UsageError that names it, and why it cannot be read
 */
export async function readTextFile(
  read: (path: string) => Promise<string>,
  path: string,
  said: string = path,
): Promise<string> {
  try {
    return await read(path);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EACCES'
          ? 'no permission to read it'
          : String(code ?? error);
    throw new UsageError(`${said}: cannot read it: ${why}`);
  }
}
