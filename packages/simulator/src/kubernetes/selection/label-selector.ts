/**
 * Label selectors: `a=b`, `a==b`, `a!=b`, `a in (x, y)`, `a notin (x)`, `a`, `!a`, `a>1`, `a<1`, joined by commas.
 *
 * @module
 */
import { labelValueProblem, qualifiedNameProblem } from '../objects/names.js';
import { badRequest } from '../status-error.js';

/** Decides by the labels of an object; absent labels are an empty map. */
export type LabelPredicate = (labels: Readonly<Record<string, string>>) => boolean;

/**
 * Parses a selector; an empty one matches everything.
 *
 * @throws StatusError 400 where the text is not a selector
 */
export function parseLabelSelector(text: string): LabelPredicate {
  const tokens = new Tokens(text);
  const predicates: LabelPredicate[] = [];
  while (!tokens.atEnd()) {
    predicates.push(requirement(tokens));
    if (tokens.atEnd()) break;
    const separator = tokens.take();
    if (separator !== ',') throw badRequest(`found '${separator}', expected: ',' or 'end of string'`);
    if (!isWord(tokens.peek()) && tokens.peek() !== '!') {
      throw badRequest(`found '${tokens.peek()}', expected: identifier after ','`);
    }
  }
  return (labels) => predicates.every((matches) => matches(labels));
}

/** Words and operators; `''` at the end. */
class Tokens {
  readonly #tokens: readonly string[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = text.match(/==|!=|[=!<>(),]|[^\s=!<>(),]+/g) ?? [];
  }

  peek(): string {
    return this.#tokens[this.#position] ?? '';
  }

  take(): string {
    const token = this.peek();
    this.#position++;
    return token;
  }

  atEnd(): boolean {
    return this.#position >= this.#tokens.length;
  }
}

function isWord(token: string): boolean {
  return /^[^=!<>(),]+$/.test(token);
}

function requirement(tokens: Tokens): LabelPredicate {
  const negated = tokens.peek() === '!';
  if (negated) tokens.take();
  const key = tokens.take();
  if (!isWord(key)) throw unreadable(`found '${key}', expected: ${negated ? '' : '!, '}identifier`);
  const problem = qualifiedNameProblem(key);
  if (problem !== undefined) throw unreadable(`key: Invalid value: ${JSON.stringify(key)}: ${problem}`);
  if (negated) return (labels) => !Object.hasOwn(labels, key);
  if (tokens.atEnd() || tokens.peek() === ',') return (labels) => Object.hasOwn(labels, key);
  return comparison(key, tokens);
}

function comparison(key: string, tokens: Tokens): LabelPredicate {
  const operator = tokens.take();
  switch (operator) {
    case 'in': {
      const values = valueSet(key, tokens);
      return (labels) => Object.hasOwn(labels, key) && values.has(labels[key] ?? '');
    }
    case 'notin': {
      const values = valueSet(key, tokens);
      return (labels) => !Object.hasOwn(labels, key) || !values.has(labels[key] ?? '');
    }
    case '=':
    case '==': {
      const value = exactValue(key, tokens);
      return (labels) => labels[key] === value;
    }
    case '!=': {
      const value = exactValue(key, tokens);
      return (labels) => labels[key] !== value;
    }
    case '>':
    case '<':
      return bound(key, operator, exactValue(key, tokens));
    default:
      throw unreadable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
  }
}

function exactValue(key: string, tokens: Tokens): string {
  if (tokens.atEnd() || tokens.peek() === ',') return '';
  const value = tokens.take();
  if (!isWord(value)) throw unreadable(`found '${value}', expected: identifier`);
  return checked(key, value);
}

/** `(x, y)`; nothing between commas is the empty value. */
function valueSet(key: string, tokens: Tokens): ReadonlySet<string> {
  const open = tokens.take();
  if (open !== '(') throw unreadable(`found '${open}' expected: '('`);
  const values = new Set<string>();
  for (;;) {
    values.add(isWord(tokens.peek()) ? checked(key, tokens.take()) : '');
    const next = tokens.take();
    if (next === ')') return values;
    if (next !== ',') throw unreadable(`found '${next}', expected: ',' or ')'`);
  }
}

function bound(key: string, operator: '>' | '<', text: string): LabelPredicate {
  const whole = /^-?\d+$/;
  if (!whole.test(text)) {
    throw unreadable(
      `values[0]: Invalid value: ${JSON.stringify(text)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  const limit = Number(text);
  return (labels) => {
    const value = labels[key] ?? '';
    return whole.test(value) && (operator === '>' ? Number(value) > limit : Number(value) < limit);
  };
}

function checked(key: string, value: string): string {
  const problem = labelValueProblem(value);
  if (problem === undefined) return value;
  throw unreadable(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${problem}`);
}

function unreadable(cause: string): Error {
  return badRequest(`unable to parse requirement: ${cause}`);
}
