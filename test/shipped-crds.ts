import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';

const folder = new URL('../deploy/crds/', import.meta.url);

/** The custom resource definitions that the project ships, decoded. */
export async function shippedCrds(): Promise<object[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  if (names.length === 0) throw new Error(`no CRD in ${folder.pathname}`);
  return Promise.all(
    names.map(async (name) => parse(await readFile(new URL(name, folder), 'utf8')) as object),
  );
}
