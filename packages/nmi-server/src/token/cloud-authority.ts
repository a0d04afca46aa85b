/**
 * The login endpoint of the cloud that NMI runs in: the public one, or that of a custom cloud, which is described by
 * the same file as for MIC.
 *
 * @module
 */
import { findCloudEnvironment } from '@aad-pod-identity/core';
import { readTextFile, UsageError } from '@aad-pod-identity/program';
import { parseAuthority } from './authority.js';

const publicAuthority = 'https://login.microsoftonline.com';

/**
 * @param environmentFile - what `AZURE_ENVIRONMENT_FILEPATH` says; empty for the public cloud
 * @param read - gives the text of a file
 * @returns an origin
 * @throws UsageError that names the file and what is wrong with it. Never another cloud's endpoint in its place:
 * credentials would go there
 */
export async function cloudAuthority(
  environmentFile: string,
  read: (path: string) => Promise<string>,
): Promise<string> {
  if (environmentFile === '') return publicAuthority;
  const found = findCloudEnvironment(
    'AzureStackCloud',
    parseJson(await readTextFile(read, environmentFile), environmentFile),
  );
  if (!found.ok) throw new UsageError(`${environmentFile}: ${found.problem}`);
  const { activeDirectoryEndpoint } = found.environment;
  const origin = parseAuthority(activeDirectoryEndpoint);
  if (origin !== undefined) return origin;
  throw new UsageError(
    `${environmentFile}: "activeDirectoryEndpoint" is not an https address without a path: Entra alone is supported, not AD FS`,
  );
}

function parseJson(text: string, file: string): unknown {
  try {
    // Some tools put a byte order mark before it.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new UsageError(`${file}: it is not JSON`);
  }
}
