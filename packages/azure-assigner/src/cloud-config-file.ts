/**
 * Reading the cloud configuration from where `--cloudconfig` and the environment say, and following its changes.
 *
 * @module
 */
import { isCustomCloud, parseCloudConfig, type Clock, type CloudConfig } from '@aad-pod-identity/core';
import { readTextFile, UsageError } from '@aad-pod-identity/program';
import { parse } from 'yaml';

/** Files, as far as the cloud configuration needs them. */
export interface ConfigFiles {
  /** The text of a file; rejects with an error that has a `code` such as `ENOENT`. */
  read(path: string): Promise<string>;
  /** Calls `onChange` when something in the neighbourhood of the file changed. Returns the function that ends that. */
  watch(path: string, onChange: () => void): () => void;
}

/** Where the configuration is. */
export interface CloudConfigPlace {
  /** `--cloudconfig`; empty: the environment. */
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: ConfigFiles;
}

/**
 * Reads the configuration once.
 *
 * @throws UsageError that names the file or the variables, and what to write there
 */
export async function readCloudConfig(place: CloudConfigPlace): Promise<CloudConfig> {
  const { path, env, files } = place;
  const read = (file: string): Promise<string> => files.read(file);
  const said =
    path === ''
      ? 'cloud configuration in the environment (no --cloudconfig is given)'
      : `cloud configuration ${path}`;
  const file = path === '' ? undefined : decode(await readTextFile(read, path, said), said);
  const cloud = path === '' ? env['CLOUD'] : (file as { cloud?: unknown } | null | undefined)?.cloud;
  const environmentPath = env['AZURE_ENVIRONMENT_FILEPATH'] ?? '';
  const environmentFile =
    typeof cloud === 'string' && isCustomCloud(cloud) && environmentPath !== ''
      ? decode(await readTextFile(read, environmentPath), environmentPath)
      : undefined;
  const result = parseCloudConfig({ ...(path === '' ? { env } : { file }), environmentFile });
  if (!result.ok) throw new UsageError(`${said}: ${result.problem}`);
  return result.config;
}

/** JSON is YAML. The parser's own message would quote lines of the file, and they may hold a secret. */
function decode(text: string, said: string): unknown {
  try {
    return parse(text, { logLevel: 'error' });
  } catch (error) {
    const { linePos } = error as { linePos?: readonly { line: number; col: number }[] };
    const at = linePos?.[0] === undefined ? '' : ` (line ${linePos[0].line}, column ${linePos[0].col})`;
    throw new UsageError(`${said}: it is neither JSON nor YAML${at}`);
  }
}

/** Options of {@link followCloudConfig}. */
export interface FollowCloudConfigOptions extends CloudConfigPlace {
  readonly clock: Clock;
  readonly current: CloudConfig;
  readonly onChange: (config: CloudConfig) => void;
  /** The new contents cannot be used; the configuration in force stays. */
  readonly onProblem: (problem: string) => void;
  /** Between two looks where no change was reported, in milliseconds. @default 60000 */
  readonly everyMs?: number;
  /** Changes within this time are one, in milliseconds. @default 250 */
  readonly settleMs?: number;
}

/**
 * Re-reads the configuration whenever its file changes, or the one that describes a custom cloud, until `signal`
 * aborts. A file that is missing or bad is a problem like any other: it is told once, and the next change is looked at.
 */
export function followCloudConfig(options: FollowCloudConfigOptions, signal: AbortSignal): void {
  const { path, clock, files, everyMs = 60_000, settleMs = 250 } = options;
  if (path === '') return;
  let inForce = JSON.stringify(options.current);
  let problem = '';
  let reading = false;
  let changedMeanwhile = false;
  let cancel: () => void = () => undefined;

  const look = async (): Promise<void> => {
    reading = true;
    changedMeanwhile = false;
    try {
      const config = await readCloudConfig(options);
      problem = '';
      const text = JSON.stringify(config);
      if (text !== inForce && !signal.aborted) {
        inForce = text;
        options.onChange(config);
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== problem) options.onProblem(message);
      problem = message;
    } finally {
      reading = false;
      schedule(changedMeanwhile ? settleMs : everyMs);
    }
  };
  const changed = (): void => {
    changedMeanwhile = true;
    if (!reading) schedule(settleMs);
  };
  const schedule = (ms: number): void => {
    cancel();
    if (signal.aborted) return;
    cancel = clock.after(ms, () => void look());
  };

  const watched = [path, options.env['AZURE_ENVIRONMENT_FILEPATH'] ?? ''].filter((file) => file !== '');
  const ends = watched.map((file) => files.watch(file, changed));
  signal.addEventListener(
    'abort',
    () => {
      for (const unwatch of ends) unwatch();
      cancel();
    },
    { once: true },
  );
  schedule(everyMs);
}
