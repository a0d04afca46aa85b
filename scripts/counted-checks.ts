/** Runs checks one after the other, a line for each, and counts them; exits with 1 where one failed. */
export async function runChecks(
  checks: Iterable<readonly [name: string, check: () => Promise<void>]>,
): Promise<void> {
  let passed = 0;
  let failed = 0;
  for (const [name, check] of checks) {
    const started = performance.now();
    try {
      await check();
      passed++;
      console.log(`passed ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed++;
      console.log(`FAILED ${name}\n${failureText(error)}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

/** What a failed command printed, or the error itself. */
function failureText(error: unknown): string {
  const { stdout, stderr, message } = error as Partial<Record<'stdout' | 'stderr' | 'message', string>>;
  return [message, stdout, stderr].filter((text) => text !== undefined && text !== '').join('\n');
}
