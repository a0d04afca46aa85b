/**
 * Turns one JSON log line into a line for people: time, level, message, then the fields as `key=value`.
 * A line that is not a JSON object is passed on as it is.
 */
export function textLines(line: string): string {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof record !== 'object' || record === null) return line;
  const { time, level, msg, program, ...fields } = record as Record<string, unknown>;
  const head = [time, String(level).toUpperCase().padEnd(5), program].map(String).join(' ');
  const tail = Object.entries(fields).map(([key, value]) => `${key}=${fieldText(value)}`);
  return `${[head, JSON.stringify(msg ?? '').slice(1, -1), ...tail].join(' ')}\n`;
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}
