const REDACTABLE = /^(\S{4})[\s\S]*(\S{4})$/;

/**
 * Redacts a client ID for logs, events and errors: `abcd##### REDACTED #####wxyz`, as the original does.
 * What is shorter than eight characters is no client ID and stays as it is.
 */
export function redactClientId(clientId: string): string {
  return clientId.replace(REDACTABLE, '$1##### REDACTED #####$2');
}
