import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { preparedFolder } from './prepared-folder.js';
import { runToEnd } from './run-to-end.js';

/** Where the clients are. */
export interface Installed {
  /** The interpreter of an environment with the Azure SDK. */
  readonly python: string;
  /** The interpreter of an environment with the Azure CLI. */
  readonly azureCli: string;
  /** The folder of the CLI's configuration, with what it would otherwise make anew on each first run. */
  readonly azureCliConfig: string;
  /** The program of `go/main.go`. */
  readonly go: string;
  /** The class path with `java/StockClient.java`. */
  readonly java: string;
}

const folderOf = (name: string): string => join(import.meta.dirname, name);
const pythonPins = ['azure-identity.txt', 'azure-cli.txt'];
const copyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

/** Installs the clients as they are pinned, each once. `say` hears of each that is made. */
export async function installClients(say: (line: string) => void): Promise<Installed> {
  const install = async (
    language: 'python' | 'go' | 'java',
    pins: readonly string[],
    toolchain: readonly string[],
    make: (folder: string) => Promise<void>,
  ): Promise<string> => {
    const files = pins.map((name) => join(folderOf(language), name));
    return preparedFolder(language, files, await output(toolchain), async (folder) => {
      const started = performance.now();
      await make(folder);
      say(
        `installed the clients of ${language} in ${((performance.now() - started) / 1000).toFixed(1)} s: ${folder}`,
      );
    });
  };
  const [python, go, java] = await Promise.all([
    install('python', pythonPins, ['python3', '--version'], installPython),
    install('go', ['go.mod', 'go.sum', 'main.go'], ['go', 'version'], buildGo),
    install('java', ['pom.xml', 'jars.sha256', 'StockClient.java'], ['javac', '-version'], buildJava),
  ]);
  return {
    python: join(python, 'azure-identity/bin/python'),
    azureCli: join(python, 'azure-cli/bin/python'),
    azureCliConfig: join(python, 'azure-cli-config'),
    go: join(go, 'client'),
    java: `${join(java, 'classes')}:${join(java, 'jars')}/*`,
  };
}

async function installPython(folder: string): Promise<void> {
  for (const pins of pythonPins) {
    const environment = join(folder, basename(pins, '.txt'));
    await output(['python3', '-m', 'venv', environment]);
    await output([
      ...[
        join(environment, 'bin/python'),
        '-m',
        'pip',
        'install',
        '--quiet',
        '--no-compile',
        '--only-binary',
        ':all:',
      ],
      ...['--require-hashes', '--requirement', join(folderOf('python'), pins)],
    ]);
  }
  await output([join(folder, 'azure-cli/bin/python'), '-m', 'azure.cli', 'login', '--help'], folder, {
    AZURE_CONFIG_DIR: join(folder, 'azure-cli-config'),
    AZURE_CORE_COLLECT_TELEMETRY: 'no',
  });
}

async function buildGo(folder: string): Promise<void> {
  await output(['go', 'build', '-mod=readonly', '-o', join(folder, 'client'), '.'], folderOf('go'));
}

async function buildJava(folder: string): Promise<void> {
  const jars = join(folder, 'jars');
  // Maven writes beside the description of the project.
  cpSync(join(folderOf('java'), 'pom.xml'), join(folder, 'pom.xml'));
  await output(['mvn', '--quiet', '--batch-mode', copyPlugin, `-DoutputDirectory=${jars}`], folder);
  checkJars(jars);
  const source = join(folderOf('java'), 'StockClient.java');
  await output(['javac', '-cp', `${jars}/*`, '-d', join(folder, 'classes'), source]);
}

/** Maven has no lock file: the sums stand in `java/jars.sha256`, for these jars and no others. */
function checkJars(jars: string): void {
  const found = readdirSync(jars)
    .sort()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(jars, name)))
          .digest('hex')}  ${name}`,
    );
  const pinned = readFileSync(join(folderOf('java'), 'jars.sha256'), 'utf8')
    .trim()
    .split('\n');
  const differing = [
    ...found.filter((line) => !pinned.includes(line)),
    ...pinned.filter((line) => !found.includes(line)),
  ];
  if (differing.length > 0)
    throw new Error(`jars that are not as java/jars.sha256 says:\n${differing.join('\n')}`);
}

/** @returns what the command printed; rejects, with all of it, where it fails */
async function output(
  command: readonly string[],
  folder?: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const ended = await runToEnd({
    command,
    timeoutMs: 300_000,
    ...(folder !== undefined && { folder }),
    environment: { ...(process.env as Record<string, string>), ...environment },
  });
  if (ended.code === 0) return ended.stdout;
  throw new Error(`"${command.join(' ')}" ended with ${String(ended.code)}:\n${ended.stdout}${ended.stderr}`);
}
