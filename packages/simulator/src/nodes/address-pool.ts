/**
 * Addresses for pods.
 *
 * @module
 */

/** Hands out addresses in turn; one that was given back is used again when there are no fresh ones. */
export class AddressPool {
  readonly #fresh: Iterator<string>;
  readonly #returned: string[] = [];
  readonly #used = new Set<string>();

  constructor(addresses: Iterable<string>) {
    this.#fresh = addresses[Symbol.iterator]();
  }

  /** An address that nobody has; `undefined` where all are taken. */
  take(): string | undefined {
    for (let next = this.#fresh.next(); next.done !== true; next = this.#fresh.next()) {
      if (this.reserve(next.value)) return next.value;
    }
    for (let address = this.#returned.shift(); address !== undefined; address = this.#returned.shift()) {
      if (this.reserve(address)) return address;
    }
    return undefined;
  }

  /** Marks an address as taken; `false` where it is already. */
  reserve(address: string): boolean {
    if (this.#used.has(address)) return false;
    this.#used.add(address);
    return true;
  }

  /** Gives an address back. */
  release(address: string): void {
    if (this.#used.delete(address)) this.#returned.push(address);
  }
}

/**
 * `127.1.0.1`, `127.1.0.2`, … `127.1.255.254`: on Linux every one is this machine, so that a local process can really
 * send from the address of the pod that it plays.
 */
export function* loopbackAddresses(): Generator<string> {
  for (let third = 0; third < 256; third++) {
    for (let fourth = 1; fourth < 255; fourth++) yield `127.1.${third}.${fourth}`;
  }
}
