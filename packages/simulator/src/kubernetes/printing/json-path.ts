/**
 * The part of JSONPath that printer columns use: `.spec.name`, `.a['b.c']`, `.list[0]`, `.list[*].name`,
 * `.conditions[?(@.type=="Ready")].status`, with `\.` for a dot in a name.
 *
 * @module
 */
import { isJsonObject } from '../json.js';

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly path: string; readonly equal: boolean; readonly value: unknown };

const step =
  /\.((?:\\.|[^.[\]\\])+)|\[(?:'([^']*)'|"([^"]*)"|(-?\d+)|(\*)|\?\(@((?:\\.|[^=!<>)])+?)\s*(==|!=)\s*("[^"]*"|'[^']*'|[^)]+)\))\]/y;

const parsed = new Map<string, readonly Step[]>();

/** What stands at `path` in `value`; nothing where the path leads nowhere or is none of these. */
export function readPath(value: unknown, path: string): unknown[] {
  let steps = parsed.get(path);
  if (steps === undefined) parsed.set(path, (steps = parse(path)));
  return steps.reduce<unknown[]>((values, next) => values.flatMap((entry) => follow(entry, next)), [value]);
}

function parse(path: string): Step[] {
  const steps: Step[] = [];
  step.lastIndex = 0;
  for (let match = step.exec(path); match !== null; match = step.exec(path)) {
    const [, field, single, double, index, all, filter, operator, literal] = match;
    const name = field?.replace(/\\(.)/g, '$1') ?? single ?? double;
    if (name !== undefined) steps.push({ kind: 'field', name });
    else if (index !== undefined) steps.push({ kind: 'index', index: Number(index) });
    else if (all !== undefined) steps.push({ kind: 'all' });
    else if (filter !== undefined) {
      steps.push({ kind: 'filter', path: filter, equal: operator === '==', value: literalOf(literal ?? '') });
    }
  }
  return steps;
}

function literalOf(text: string): unknown {
  const quoted = /^(["'])(.*)\1$/.exec(text.trim());
  if (quoted !== null) return quoted[2];
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.trim();
  }
}

function follow(value: unknown, next: Step): unknown[] {
  switch (next.kind) {
    case 'field':
      return isJsonObject(value) && Object.hasOwn(value, next.name) ? [value[next.name]] : [];
    case 'index': {
      const entry: unknown = Array.isArray(value) ? value.at(next.index) : undefined;
      return entry === undefined ? [] : [entry];
    }
    case 'all':
      return Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
    case 'filter':
      if (!Array.isArray(value)) return [];
      return value.filter((entry) => (readPath(entry, next.path)[0] === next.value) === next.equal);
  }
}
