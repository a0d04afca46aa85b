/**
 * The program `demo`: what a pod can do with the identity that it is bound to, again every `--period`.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseFlags, usage, UsageError, type ProgramContext } from '@aad-pod-identity/program';
import { demoFlags } from './demo-flags.js';
import { CLOUD_FILE_VARIABLE, demoSettings } from './demo-settings.js';
import { describeRound, reportRound } from './round-report.js';
import { runRound, succeeded } from './round.js';
import { version } from './version.js';

/** Runs rounds until stopped, or one. The exit code is that of the last whole round: 0 where all of it worked, else 1. */
export async function demo(context: ProgramContext): Promise<number> {
  const { environment, stop } = context;
  const flags = parseFlags(demoFlags, context.argv, environment);
  const { period, once, json, help, version: showVersion } = flags.values;
  if (help) {
    context.print(usage('demo', demoFlags));
    return 0;
  }
  if (showVersion) {
    context.print(`demo ${version}\n`);
    return 0;
  }
  const [argument] = flags.positional;
  if (argument !== undefined) throw new UsageError(`unexpected argument ${argument}`);
  const settings = demoSettings(flags, await readCloudFile(environment[CLOUD_FILE_VARIABLE]));
  let code = 1;
  while (!stop.aborted) {
    const round = await runRound(settings, stop);
    if (stop.aborted) break;
    context.print(json ? `${JSON.stringify(reportRound(round))}\n` : describeRound(round, Date.now()));
    code = succeeded(round) ? 0 : 1;
    if (once) break;
    await stopOrPass(period, stop);
  }
  return code;
}

async function readCloudFile(path: string | undefined): Promise<unknown> {
  if (path === undefined || path === '') return undefined;
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    throw new UsageError(
      `${CLOUD_FILE_VARIABLE}: cannot read ${path}: ${error instanceof Error ? error.message : 'unknown failure'}`,
    );
  }
}

/** Resolves after the period, or when stopped. */
async function stopOrPass(ms: number, stop: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: stop }).catch(() => undefined);
}
