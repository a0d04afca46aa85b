const NONE: ReadonlySet<string> = new Set();

/** Sets of keys by group; a group that has none left costs nothing. */
export class KeyGroups {
  readonly #groups = new Map<string, Set<string>>();

  add(group: string, key: string): void {
    const keys = this.#groups.get(group);
    if (keys === undefined) this.#groups.set(group, new Set([key]));
    else keys.add(key);
  }

  delete(group: string, key: string): void {
    const keys = this.#groups.get(group);
    if (keys?.delete(key) === true && keys.size === 0) this.#groups.delete(group);
  }

  of(group: string): ReadonlySet<string> {
    return this.#groups.get(group) ?? NONE;
  }
}
