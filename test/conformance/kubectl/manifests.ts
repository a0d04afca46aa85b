import { readdir, readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';

const root = new URL('../../../', import.meta.url);

/** What a user would put in place of the placeholders in the manifests. */
const values: Record<string, string> = {
  IDENTITY_RESOURCE_ID:
    '/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/demo/providers/Microsoft.ManagedIdentity/userAssignedIdentities/demo',
  IDENTITY_CLIENT_ID: '11111111-1111-1111-1111-111111111111',
  SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000001',
  RESOURCE_GROUP: 'demo',
  DEMO_IMAGE: 'example.com/demo:1',
};

export interface Manifest {
  /** The namespace that it names, if any. */
  namespace?: string;
  /** The object, ready for `kubectl apply -f -`. */
  text: string;
}

/** Every object in the YAML files of a folder of the repository, placeholders filled in, in order of file names. */
export async function manifests(folder: string): Promise<Manifest[]> {
  const directory = new URL(`${folder}/`, root);
  const files = (await readdir(directory)).filter((file) => /\.ya?ml$/.test(file)).sort();
  const found: Manifest[] = [];
  for (const file of files) {
    const filled = fill(await readFile(new URL(file, directory), 'utf8'), `${folder}/${file}`);
    for (const document of parseAllDocuments(filled)) {
      const object = document.toJS() as { metadata: { namespace?: string } } | null;
      if (object === null) continue;
      const { namespace } = object.metadata;
      found.push({
        ...(namespace === undefined ? {} : { namespace }),
        text: JSON.stringify(object),
      });
    }
  }
  if (found.length === 0) throw new Error(`no manifest in ${folder}`);
  return found;
}

function fill(text: string, file: string): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined)
      throw new Error(`${file} has the placeholder ${placeholder}: give it a value in manifests.ts`);
    return value;
  });
}
