/**
 * Bodies of admin requests: JSON, checked field by field.
 *
 * @module
 */
import { HTTPException } from 'hono/http-exception';

/** A JSON object with checked access. Every method throws a 400 that names the field. */
export class RequestBody {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw bad('the body must be a JSON object');
    this.#fields = value as Record<string, unknown>;
  }

  /** A string that must be there. */
  string(name: string): string {
    return this.optionalString(name) ?? fail(`${name} is missing`);
  }

  /** A string that may be absent. */
  optionalString(name: string): string | undefined {
    const value = this.#fields[name];
    if (value === undefined || typeof value === 'string') return value;
    throw bad(`${name} must be a string`);
  }

  /** A number that may be absent. */
  optionalNumber(name: string): number | undefined {
    const value = this.#fields[name];
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
    throw bad(`${name} must be a number`);
  }

  /** A boolean that may be absent. */
  optionalBoolean(name: string): boolean | undefined {
    const value = this.#fields[name];
    if (value === undefined || typeof value === 'boolean') return value;
    throw bad(`${name} must be true or false`);
  }

  /** A list of strings that may be absent. */
  optionalStrings(name: string): string[] | undefined {
    const value = this.#fields[name];
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
    throw bad(`${name} must be a list of strings`);
  }

  /** Strings by name, or absent. */
  optionalStringMap(name: string): Record<string, string> | undefined {
    const value = this.#fields[name];
    if (value === undefined) return undefined;
    if (
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).every((one) => typeof one === 'string')
    ) {
      return value as Record<string, string>;
    }
    throw bad(`${name} must be an object of strings`);
  }

  /** One of the given words. */
  choice<T extends string>(name: string, words: readonly T[]): T {
    const value = this.string(name);
    return words.find((word) => word === value) ?? fail(`${name} must be one of ${words.join(', ')}`);
  }

  /** An object that must be there. */
  object(name: string): RequestBody {
    const value = this.#fields[name];
    if (value === undefined) throw bad(`${name} is missing`);
    return new RequestBody(value);
  }

  /** Any value. */
  any(name: string): unknown {
    return this.#fields[name];
  }
}

/** The answer to a request that makes no sense. */
export function bad(message: string): HTTPException {
  return new HTTPException(400, { message });
}

function fail(message: string): never {
  throw bad(message);
}

/** `object` without the fields that are undefined. */
export function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
