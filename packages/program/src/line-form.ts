import { redacted, secretFields } from './without-secrets.js';

/** What a field of a {@link LineForm} may hold; `undefined` leaves the field out. */
type LineValue = string | number | undefined;

/** Writes a line whose fields were named before: the values in the order of the names. */
export type LineForm = (values: readonly LineValue[], message: string) => void;

/** Text that stands in JSON as it is. */
const plain = /^[ !#-[\]-~]*$/;
/** Most values of a field whose text is kept, and how long they may be. */
const mostKept = 512;
const longestKept = 128;

/**
 * Makes the text of lines that all have the same fields, as one JSON object each. What a line costs is then the text of
 * its values, and of those that come again and again not even that: nothing is copied, no name is looked at again.
 *
 * @param unique - those of the names whose text is another in each line
 * @param start - the beginning of a line, `{` and the fields before these
 */
export function lineForm(
  names: readonly string[],
  unique: readonly string[],
  start: () => string,
  write: (line: string) => void,
): LineForm {
  const fields = names.map((name) => fieldText(name, unique.includes(name)));
  const messages = fieldText('msg', false);
  return (values, message) => {
    let line = start();
    for (let i = 0; i < fields.length; i++) {
      const value = values[i];
      if (value !== undefined) line += fields[i]?.(value) ?? '';
    }
    write(`${line}${messages(message)}}\n`);
  };
}

/** The text of a field with its name. */
function fieldText(name: string, isUnique: boolean): (value: string | number) => string {
  const before = `,${JSON.stringify(name)}:`;
  if (secretFields.has(name)) return () => `${before}"${redacted}"`;
  const kept = new Map<string, string>();
  return (value) => {
    if (typeof value === 'number') return before + (Number.isFinite(value) ? String(value) : 'null');
    const known = isUnique ? undefined : kept.get(value);
    if (known !== undefined) return known;
    const text = before + (plain.test(value) ? `"${value}"` : JSON.stringify(value));
    if (isUnique || value.length > longestKept) return text;
    if (kept.size >= mostKept) kept.clear();
    kept.set(value, text);
    return text;
  };
}
