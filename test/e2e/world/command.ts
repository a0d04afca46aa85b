import { execFile } from 'node:child_process';

/** Runs a program to its end and gives what it printed. Rejects with what it said where it fails. */
export function run(
  program: string,
  args: readonly string[],
  options: {
    readonly input?: string;
    readonly environment?: NodeJS.ProcessEnv;
    readonly folder?: string;
  } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      { env: options.environment ?? process.env, cwd: options.folder, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${program} ${args.join(' ')}: ${stderr.trim() || error.message}`));
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}
