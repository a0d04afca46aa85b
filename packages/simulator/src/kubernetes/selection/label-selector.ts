/**
 * Label selectors: `a=b`, `a==b`, `a!=b`, `a in (x, y)`, `a notin (x)`, `a`, `!a`, `a>1`, `a<1`, joined by commas.
 *
 * @module
 */
import { badRequest } from '../status-error.js';
import { labelValueProblem, qualifiedNameProblem } from '../objects/names.js';

/** Decides by the labels of an object; absent labels are an empty map. */
export type LabelPredicate = (labels: Readonly<Record<string, string>>) => boolean;

const requirement =
  /^\s*(?:(!)\s*([^\s!=<>(),]+)|([^\s!=<>(),]+)(?:\s*(==|=|!=|>|<)\s*([^\s!=<>(),]*)|\s+(in|notin)\s*\(([^()]*)\))?)\s*(?:,|$)/;

/**
 * Parses a selector; an empty one matches everything.
 *
 * @throws StatusError 400 where the text is not a selector
 */
export function parseLabelSelector(text: string): LabelPredicate {
  const predicates: LabelPredicate[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const match = requirement.exec(rest);
    if (match === null)
      throw badRequest(`unable to parse requirement: found '${rest}', expected: a label selector`);
    predicates.push(predicate(match));
    const consumed = match[0];
    rest = rest.slice(consumed.length).trim();
    if (rest === '' && consumed.trimEnd().endsWith(',')) {
      throw badRequest("found '', expected: identifier after ','");
    }
  }
  return (labels) => predicates.every((matches) => matches(labels));
}

function predicate(match: RegExpExecArray): LabelPredicate {
  const [, not, notKey, key = notKey ?? '', operator, value = '', setOperator, set = ''] = match;
  checkKey(key);
  if (not !== undefined) return (labels) => !Object.hasOwn(labels, key);
  if (setOperator !== undefined) {
    const values = new Set(set.split(',').map((entry) => entry.trim()));
    for (const entry of values) checkValue(key, entry);
    return setOperator === 'in'
      ? (labels) => Object.hasOwn(labels, key) && values.has(labels[key] ?? '')
      : (labels) => !Object.hasOwn(labels, key) || !values.has(labels[key] ?? '');
  }
  if (operator === undefined) return (labels) => Object.hasOwn(labels, key);
  checkValue(key, value);
  if (operator === '!=') return (labels) => labels[key] !== value;
  if (operator === '=' || operator === '==') return (labels) => labels[key] === value;
  if (!/^-?\d+$/.test(value)) {
    throw badRequest(
      `unable to parse requirement: values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  const bound = Number(value);
  const holds = operator === '>' ? (found: number) => found > bound : (found: number) => found < bound;
  return (labels) => /^-?\d+$/.test(labels[key] ?? '') && holds(Number(labels[key]));
}

function checkKey(key: string): void {
  const problem = qualifiedNameProblem(key);
  if (problem !== undefined) {
    throw badRequest(`unable to parse requirement: key: Invalid value: ${JSON.stringify(key)}: ${problem}`);
  }
}

function checkValue(key: string, value: string): void {
  const problem = labelValueProblem(value);
  if (problem !== undefined) {
    throw badRequest(
      `unable to parse requirement: values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${problem}`,
    );
  }
}
