import { PodIdentityError } from '@aad-pod-identity/core';

/**
 * An error in what the operator gave the program (a flag, a file, a variable): its message says what is wrong and what
 * to do. Programs print it as one line and exit with 2, as they do with every `invalid-configuration`.
 */
export class UsageError extends PodIdentityError {
  constructor(message: string, cause?: unknown) {
    super('invalid-configuration', message, { cause });
  }
}
