import { formatDuration } from '@aad-pod-identity/core';
import { environmentName, type FlagTable } from './parse-flags.js';

/** The text of `--help`: every flag with its kind, default, environment variable and what it does. */
export function usage(program: string, table: FlagTable): string {
  const lines = [`Usage of ${program}:`];
  for (const [name, flag] of Object.entries(table)) {
    if (flag.obsolete !== undefined) continue;
    const kind = flag.kind === 'boolean' ? '' : ` ${flag.kind === 'choice' ? 'string' : flag.kind}`;
    const fallback =
      flag.default === '' || flag.default === false
        ? ''
        : ` (default ${defaultText(flag.kind, flag.default)})`;
    lines.push(
      `  --${name}${kind}${fallback}`,
      `        ${flag.description}`,
      `        [${environmentName(name)}]`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function defaultText(kind: string, value: unknown): string {
  return kind === 'duration' ? formatDuration(Number(value)) : String(value);
}
