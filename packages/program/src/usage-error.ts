/**
 * An error whose message is all that the operator needs: it says what is wrong with what they gave the program
 * (a flag, a file, a missing object) and what to do. Programs print it as one line and exit with 2.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
