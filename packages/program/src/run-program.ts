import { isPodIdentityError } from '@aad-pod-identity/core';

/** What a program is given to run with. */
export interface ProgramContext {
  /** The command line without the interpreter and the program itself. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborts on the first SIGTERM or SIGINT: stop accepting, finish, return. */
  readonly stop: AbortSignal;
  print(text: string): void;
}

/**
 * Runs a program to its end and exits with what it returns (0 where it returns nothing). An error with the code
 * `invalid-configuration` is one line on standard error and exit code 2; any other failure is one line and exit
 * code 1. A second signal ends the process at once with 130.
 *
 * @param name - stands before every line printed here
 */
export async function runProgram(
  name: string,
  main: (context: ProgramContext) => Promise<number | void>,
): Promise<void> {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error(`stopped by ${signal}`));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('unhandledRejection', (reason) => {
    process.stderr.write(`${name}: internal error: ${describe(reason)}\n`);
    process.exit(1);
  });
  try {
    const code = await main({
      argv: process.argv.slice(2),
      environment: process.env,
      stop: controller.signal,
      print: (text) => {
        process.stdout.write(text);
      },
    });
    process.exitCode = code ?? 0;
  } catch (error) {
    process.stderr.write(`${name}: ${describe(error)}\n`);
    process.exitCode = isPodIdentityError(error, 'invalid-configuration') ? 2 : 1;
  }
  // Handles that others left open (keep-alive sockets) must not hold a program that is done.
  setTimeout(() => process.exit(), 2_000).unref();
}

function describe(error: unknown): string {
  const fix = isPodIdentityError(error) && error.fix !== undefined ? ` ${error.fix}` : '';
  const text = (error instanceof Error ? error.message : String(error)) + fix;
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
