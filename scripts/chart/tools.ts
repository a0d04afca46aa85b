/**
 * The programs that check the chart, pinned, built or fetched once into a cache outside the clone:
 * `${XDG_CACHE_HOME:-~/.cache}/aad-pod-identity/tools`.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Paths of them. */
export interface ChartTools {
  readonly helm: string;
  readonly kubeconform: string;
  /** Folder with the JSON schemas of Kubernetes' own kinds, by version. */
  readonly schemas: string;
}

const helm = { module: 'helm.sh/helm/v3/cmd/helm', version: 'v3.21.4' };
const kubeconform = { module: 'github.com/yannh/kubeconform/cmd/kubeconform', version: 'v0.8.0' };
/** A package of PyPI that carries the schemas, which kubeconform would download one by one. */
const schemas = { package: 'kubernetes-validate', version: '1.37.0' };

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'aad-pod-identity', 'tools');

/** @throws Error where one can be neither found nor built: Go and Python with pip are needed, once */
export async function chartTools(): Promise<ChartTools> {
  return {
    helm: await chartHelm(),
    kubeconform: await goProgram(kubeconform),
    schemas: await schemaFolder(),
  };
}

/** Path of helm alone. */
export function chartHelm(): Promise<string> {
  return goProgram(helm);
}

async function goProgram({
  module,
  version,
}: {
  readonly module: string;
  readonly version: string;
}): Promise<string> {
  const name = module.slice(module.lastIndexOf('/') + 1);
  const folder = await once(`${name}-${version}`, async (partial) => {
    await execute('go', ['install', '-trimpath', `${module}@${version}`], {
      env: { ...process.env, GOBIN: partial, CGO_ENABLED: '0' },
      maxBuffer: 64 * 1024 * 1024,
    }).catch((error: unknown) => {
      throw new Error(`${name} cannot be built: install Go 1.25 or newer and let it reach a module proxy`, {
        cause: error,
      });
    });
  });
  return join(folder, name);
}

async function schemaFolder(): Promise<string> {
  const { package: name, version } = schemas;
  const folder = await once(`${name}-${version}`, async (partial) => {
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--target',
      partial,
    ];
    await execute('python3', [...pip, `${name}==${version}`]).catch((error: unknown) => {
      throw new Error(`${name} cannot be had: install Python 3 with pip and let it reach a package index`, {
        cause: error,
      });
    });
    await refersByFile(join(partial, schemaPath));
  });
  return join(folder, schemaPath);
}

const schemaPath = join('kubernetes_validate', 'kubernetes-json-schema');

/** The package resolves references by the addresses that the schemas give themselves; kubeconform would go there. */
async function refersByFile(schemaRoot: string): Promise<void> {
  for (const version of await readdir(schemaRoot)) {
    const folder = join(schemaRoot, version);
    if (!version.endsWith('-strict')) {
      await rm(folder, { recursive: true });
      continue;
    }
    const rewrite = async (name: string): Promise<void> => {
      const text = await readFile(join(folder, name), 'utf8');
      const local = text
        .replaceAll('"/api/_definitions.json#', '"_definitions.json#')
        .replaceAll(/,\s*"\$id": "[^"]*"/g, '');
      await writeFile(join(folder, name), local);
    };
    await Promise.all((await readdir(folder)).map(rewrite));
  }
}

/** Makes a folder of the cache as a whole or not at all, so that an interrupted build leaves nothing half made. */
async function once(name: string, make: (partial: string) => Promise<void>): Promise<string> {
  const folder = join(cache, name);
  if (await exists(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const partial = await mkdtemp(join(cache, `${name}.partial-`));
  try {
    process.stderr.write(`chart: making ${name}, once\n`);
    await make(partial);
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process made it meanwhile.
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
