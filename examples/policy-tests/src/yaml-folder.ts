import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** Every YAML document of every file below a folder. */
export function readYamlFolder(folder: string): unknown[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.ya?ml$/.test(path))
    .sort()
    .flatMap((path) => readYamlFile(join(folder, path)));
}

/** Every YAML document of a file; throws, naming the file, where it is not YAML. */
export function readYamlFile(path: string): unknown[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new Error(`${path}: ${error.message}`);
    const value: unknown = document.toJS();
    return value === null ? [] : [value];
  });
}
