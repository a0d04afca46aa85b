import { redacted, secretFields } from './without-secrets.js';

/** What a field of a {@link LineForm} may hold; `undefined` leaves the field out. */
type LineValue = string | number | undefined;

/** Writes a line whose fields were named before: the values in the order of the names. */
export type LineForm = (values: readonly LineValue[], message: string) => void;

/** Text that stands in JSON as it is. */
const plain = /^[ !#-[\]-~]*$/;

/**
 * Makes the text of lines that all have the same fields, as one JSON object each. What a line costs is then the text of
 * its values: nothing is copied, and no name is looked at again.
 *
 * @param start - the beginning of a line, `{` and the fields before these
 */
export function lineForm(
  names: readonly string[],
  start: () => string,
  write: (line: string) => void,
): LineForm {
  const fields = names.map((name) => ({
    before: `,${JSON.stringify(name)}:`,
    isSecret: secretFields.has(name),
  }));
  return (values, message) => {
    let line = start();
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      const value = values[i];
      if (field === undefined || value === undefined) continue;
      line += field.before + (field.isSecret ? `"${redacted}"` : jsonOf(value));
    }
    write(`${line},"msg":${jsonOf(message)}}\n`);
  };
}

function jsonOf(value: string | number): string {
  if (typeof value === 'string') return plain.test(value) ? `"${value}"` : JSON.stringify(value);
  return Number.isFinite(value) ? String(value) : 'null';
}
