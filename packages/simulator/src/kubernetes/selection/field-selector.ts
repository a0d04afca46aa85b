/**
 * Field selectors: `metadata.name=x,spec.nodeName!=y`. Which fields a kind can be selected by stands in its definition.
 *
 * @module
 */
import { type KubernetesObject, nameOf, namespaceOf } from '../api-object.js';
import { badRequest } from '../status-error.js';

/** Reads the selectable fields of a kind, beside `metadata.name` and `metadata.namespace`, which every kind has. */
export type SelectableFields = Readonly<Record<string, (object: KubernetesObject) => string>>;

/** A parsed selector. */
export interface FieldSelector {
  /** Decides by the object. */
  readonly matches: (object: KubernetesObject) => boolean;
  /** The one name that can match, where the selector says so: a list need not look further. */
  readonly name: string | undefined;
}

const everyKind: SelectableFields = { 'metadata.name': nameOf, 'metadata.namespace': namespaceOf };

interface Term {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/**
 * Parses a selector; an empty one matches everything.
 *
 * @param unsupported - words the error for a field that the kind cannot be selected by
 * @throws StatusError 400 where the text is not a selector or names such a field
 */
export function parseFieldSelector(
  text: string,
  fields: SelectableFields,
  unsupported: (field: string) => string,
): FieldSelector {
  const terms = splitTerms(text).map(parseTerm);
  const tests = terms.map(({ field, equal, value }) => {
    const read = fields[field] ?? everyKind[field];
    if (read === undefined) throw badRequest(unsupported(field));
    return (object: KubernetesObject): boolean => (read(object) === value) === equal;
  });
  return {
    matches: (object) => tests.every((test) => test(object)),
    name: terms.find((term) => term.field === 'metadata.name' && term.equal)?.value,
  };
}

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  if (text === '') return [];
  return (text.match(/(?:\\.|[^,\\])*(?:,|$)/g) ?? [])
    .map((term) => (term.endsWith(',') ? term.slice(0, -1) : term))
    .filter((term) => term !== '');
}

function parseTerm(term: string): Term {
  const match = /^([^=!]+)(==|=|!=)((?:\\[\\,=]|[^\\=])*)$/.exec(term);
  if (match === null) {
    throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  }
  const [, field = '', operator, value = ''] = match;
  return { field, equal: operator !== '!=', value: value.replace(/\\([\\,=])/g, '$1') };
}
