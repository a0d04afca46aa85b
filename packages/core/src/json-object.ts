import type { Problem } from './problem.js';

/** More problems than a person reads, and a bound on what a hostile object can make us hold. */
const MAX_PROBLEMS = 50;
const MAX_ENTRIES = 1_000;
/** Shared, because most objects have no annotations. */
const NO_ENTRIES: Readonly<Record<string, string>> = Object.freeze({});
const NO_FIELDS: Readonly<Record<string, unknown>> = Object.freeze({});

/** What is wrong in one object so far. */
export type Problems = Problem[];

/** Adds a problem, up to a bound. */
export function report(problems: Problems, path: string, message: string, fix: string): void {
  if (!isFull(problems)) problems.push({ path, message, fix });
}

/** Whether no further problem would be added: that there is no new one says nothing then. */
export function isFull(problems: Problems): boolean {
  return problems.length >= MAX_PROBLEMS;
}

/** Whether a JSON value is an object, and neither null nor a list. */
export function isRecord(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** `a.b`, or `a["b/c"]` where the key is not a plain word. */
export function joinPath(path: string, key: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `${path}[${JSON.stringify(key.slice(0, 80))}]`;
  return path === '' ? key : `${path}.${key}`;
}

function describe(json: unknown): string {
  if (Array.isArray(json)) return 'a list';
  return typeof json === 'object' ? 'an object' : `a ${typeof json}`;
}

/**
 * Reads the fields of one untrusted JSON object. Every read returns a usable value, and reports what was wrong.
 * Only own properties count, so `constructor` and `__proto__` are ordinary, absent fields. Null means absent, as in Kubernetes.
 */
export class JsonObject {
  readonly #record: Readonly<Record<string, unknown>>;
  readonly #problems: Problems;
  /** The path of a root; below one, the field's name. */
  readonly #name: string;
  readonly #parent: JsonObject | undefined;

  private constructor(
    record: Readonly<Record<string, unknown>>,
    problems: Problems,
    name: string,
    parent?: JsonObject,
  ) {
    this.#record = record;
    this.#problems = problems;
    this.#name = name;
    this.#parent = parent;
  }

  /** Reads `json` as an object; anything else is reported and reads as an empty object. Absent is no problem. */
  static read(json: unknown, path: string, problems: Problems): JsonObject {
    if (isRecord(json)) return new JsonObject(json, problems, path);
    if (json !== undefined && json !== null)
      report(problems, path, `is ${describe(json)}`, 'write an object');
    return new JsonObject(NO_FIELDS, problems, path);
  }

  /** The raw object; empty where there is none. */
  get record(): Readonly<Record<string, unknown>> {
    return this.#record;
  }

  /** Where it stands. Made when it is asked for: of most objects there is nothing to report. */
  get path(): string {
    return this.#parent === undefined ? this.#name : joinPath(this.#parent.path, this.#name);
  }

  #pathOf(...names: string[]): string {
    return names.reduce(joinPath, this.path);
  }

  /**
   * The same object with every other casing of the given fields renamed to the canonical one. The canonical spelling
   * wins where both stand; of several others the first in code-unit order. Each is reported.
   */
  withCanonicalNames(fields: readonly string[]): JsonObject {
    for (const key in this.#record) if (!fields.includes(key)) return this.#renamed(fields);
    return this;
  }

  #renamed(fields: readonly string[]): JsonObject {
    const known = new Map(fields.map((field) => [field.toLowerCase(), field]));
    const renamed: Record<string, unknown> = { ...this.#record };
    let changed = false;
    for (const key of Object.keys(this.#record).sort()) {
      const canonical = known.get(key.toLowerCase());
      if (canonical === undefined || canonical === key) continue;
      changed = true;
      if (Object.hasOwn(renamed, canonical) && renamed[canonical] !== null) {
        report(
          this.#problems,
          this.#pathOf(key),
          `is ignored, because "${canonical}" stands beside it`,
          'remove it',
        );
      } else {
        renamed[canonical] = this.#record[key];
        report(this.#problems, this.#pathOf(key), 'is an old spelling', `write "${canonical}"`);
      }
    }
    return changed ? new JsonObject(renamed, this.#problems, this.#name, this.#parent) : this;
  }

  /** The raw value of a field; undefined when absent or null. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#record, name) ? (this.#record[name] ?? undefined) : undefined;
  }

  /** A nested object; empty when absent. */
  object(name: string): JsonObject {
    const value = this.raw(name);
    if (isRecord(value)) return new JsonObject(value, this.#problems, name, this);
    if (value !== undefined)
      report(this.#problems, this.#pathOf(name), `is ${describe(value)}`, 'write an object');
    return new JsonObject(NO_FIELDS, this.#problems, name, this);
  }

  /** A string; empty when absent. */
  text(name: string): string {
    const value = this.raw(name);
    if (typeof value === 'string') return value;
    if (value !== undefined) {
      const shown = typeof value === 'number' || typeof value === 'boolean' ? `: "${String(value)}"` : '';
      report(this.#problems, this.#pathOf(name), `is ${describe(value)}`, `write a string${shown}`);
    }
    return '';
  }

  /** An integer; undefined when absent. */
  integer(name: string): number | undefined {
    const value = this.raw(name);
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    if (value !== undefined) {
      const what = typeof value === 'number' ? 'is not an integer' : `is ${describe(value)}`;
      report(this.#problems, this.#pathOf(name), what, 'write an integer without quotes');
    }
    return undefined;
  }

  /** Whether a field is `true`; anything else but a boolean is reported. */
  flag(name: string): boolean {
    const value = this.raw(name);
    if (value !== undefined && typeof value !== 'boolean') {
      report(this.#problems, this.#pathOf(name), `is ${describe(value)}`, 'write true or false');
    }
    return value === true;
  }

  /** A list of raw values; empty when absent. */
  list(name: string): readonly unknown[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      report(this.#problems, this.#pathOf(name), `is ${describe(value)}`, 'write a list');
      return [];
    }
    if (value.length <= MAX_ENTRIES) return value as readonly unknown[];
    const path = this.#pathOf(name);
    report(this.#problems, path, `has more than ${MAX_ENTRIES} entries`, 'the rest is ignored');
    return value.slice(0, MAX_ENTRIES) as unknown[];
  }

  /** A list of strings without its wrong entries. */
  texts(name: string): readonly string[] {
    const texts: string[] = [];
    for (const [index, entry] of this.list(name).entries()) {
      if (typeof entry === 'string') texts.push(entry);
      else
        report(this.#problems, `${this.#pathOf(name)}[${index}]`, `is ${describe(entry)}`, 'write a string');
    }
    return texts;
  }

  /** A map of strings without its wrong entries; with `keep`, only the entries whose key it accepts. */
  textMap(name: string, keep?: (key: string) => boolean): Readonly<Record<string, string>> {
    const value = this.raw(name);
    if (value === undefined) return NO_ENTRIES;
    const entries: Record<string, string> = {};
    if (!isRecord(value)) {
      const what = `is ${describe(value)}`;
      report(this.#problems, this.#pathOf(name), what, 'write an object of strings');
      return entries;
    }
    let count = 0;
    for (const key of Object.keys(value)) {
      if (keep?.(key) === false) continue;
      const entry = value[key];
      if (++count > MAX_ENTRIES) {
        const what = `has more than ${MAX_ENTRIES} entries`;
        report(this.#problems, this.#pathOf(name), what, 'the rest is ignored');
        break;
      }
      if (typeof entry !== 'string')
        report(this.#problems, this.#pathOf(name, key), `is ${describe(entry)}`, 'write a string');
      else if (key === '__proto__')
        report(this.#problems, this.#pathOf(name, key), 'is not a valid key', 'remove it');
      else entries[key] = entry;
    }
    return entries;
  }
}
