/**
 * The connections that are open, so that they are shared fairly: no address has more than its part, and where all places
 * are taken, who holds most gives one up for who comes.
 *
 * @module
 */

/** What the table needs of a connection; a socket is one. */
export interface Connection {
  destroy(): unknown;
}

/** Bounds of a {@link ConnectionTable}. */
export interface ConnectionLimits {
  /** Most connections of one address. */
  readonly perAddress: number;
  /** Most connections in all. */
  readonly inAll: number;
  /** Most requests of one connection that are not answered yet: who sends more behind them does not read. */
  readonly pipelined: number;
  /** For how many milliseconds an address that did so gets no connection. */
  readonly barMs: number;
}

/** Why a connection was cut. A label of the metrics. */
export type CutReason =
  /** Its address has too many already. */
  | 'address-full'
  /** All places are taken, and who came has as many as anybody. */
  | 'node-full'
  /** It gave its place to somebody who has fewer. */
  | 'displaced'
  /** Too many requests were sent on it, one behind the other. */
  | 'pipelined'
  /** Its address did that on another one a moment ago. */
  | 'barred';

interface Place {
  readonly address: string;
  underWay: number;
}

/** Open connections by address. */
export class ConnectionTable<C extends Connection> {
  readonly #limits: ConnectionLimits;
  readonly #now: () => number;
  readonly #onCut: (address: string, reason: CutReason) => void;
  /** The connections of an address, the oldest first. */
  readonly #byAddress = new Map<string, Set<C>>();
  readonly #places = new Map<C, Place>();
  /** Until when an address gets no connection, the one that is so longest first. */
  readonly #barredUntil = new Map<string, number>();

  /** @param now - milliseconds that only go forward */
  constructor(
    limits: ConnectionLimits,
    now: () => number,
    onCut: (address: string, reason: CutReason) => void,
  ) {
    this.#limits = limits;
    this.#now = now;
    this.#onCut = onCut;
  }

  /** How many are open. */
  get size(): number {
    return this.#places.size;
  }

  /** A connection came. Where there is no place for it, it is cut, or another is. */
  opened(connection: C, address: string): void {
    if (this.#isBarred(address)) return this.#cut(connection, address, 'barred');
    const own = this.#byAddress.get(address)?.size ?? 0;
    if (own >= this.#limits.perAddress) return this.#cut(connection, address, 'address-full');
    if (this.size >= this.#limits.inAll && !this.#makePlace(own))
      return this.#cut(connection, address, 'node-full');
    this.#places.set(connection, { address, underWay: 0 });
    const ofAddress = this.#byAddress.get(address) ?? new Set<C>();
    this.#byAddress.set(address, ofAddress.add(connection));
  }

  /** A connection is closed. */
  closed(connection: C): void {
    const place = this.#places.get(connection);
    if (place === undefined) return;
    this.#places.delete(connection);
    const ofAddress = this.#byAddress.get(place.address);
    ofAddress?.delete(connection);
    if (ofAddress?.size === 0) this.#byAddress.delete(place.address);
  }

  /** A request came on a connection. @returns whether it may be answered; else the connection is cut, or was before */
  requested(connection: C): boolean {
    const place = this.#places.get(connection);
    if (place === undefined) return false;
    if (place.underWay++ < this.#limits.pipelined) return true;
    this.closed(connection);
    this.#cut(connection, place.address, 'pipelined');
    this.#bar(place.address);
    return false;
  }

  /** A request that {@link requested} let through is answered, and the answer is written. */
  answered(connection: C): void {
    const place = this.#places.get(connection);
    if (place !== undefined) place.underWay--;
  }

  /**
   * What has come on the other connections of the address, up to 64 KiB of requests on each, would still be read. That
   * takes far longer than to cut them, and so would reading what it sends on new ones.
   */
  #bar(address: string): void {
    const now = this.#now();
    for (const [other, until] of this.#barredUntil) {
      if (until > now) break;
      this.#barredUntil.delete(other);
    }
    this.#barredUntil.delete(address);
    this.#barredUntil.set(address, now + this.#limits.barMs);
    for (const connection of [...(this.#byAddress.get(address) ?? [])]) {
      this.closed(connection);
      this.#cut(connection, address, 'barred');
    }
  }

  #isBarred(address: string): boolean {
    const until = this.#barredUntil.get(address);
    return until !== undefined && until > this.#now();
  }

  /** Takes a connection from the address that has most, where that has more than `own` and one to come. */
  #makePlace(own: number): boolean {
    let [greediest, most]: [string, ReadonlySet<C>] = ['', new Set()];
    for (const [address, connections] of this.#byAddress)
      if (connections.size > most.size) [greediest, most] = [address, connections];
    if (most.size <= own + 1) return false;
    const [oldest] = most;
    const idle = [...most].find((one) => this.#places.get(one)?.underWay === 0);
    const connection = idle ?? oldest;
    if (connection === undefined) return false;
    this.closed(connection);
    this.#cut(connection, greediest, 'displaced');
    return true;
  }

  #cut(connection: C, address: string, reason: CutReason): void {
    connection.destroy();
    this.#onCut(address, reason);
  }
}
