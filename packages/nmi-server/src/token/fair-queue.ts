/**
 * A bounded queue in which parties take turns, and within a party its members: who puts in much is served no later than
 * alone, and delays nobody else.
 *
 * @module
 */

/** Who waits, and for what. */
export interface Turn {
  /** Whose share of the whole it is: an identity, a namespace. */
  readonly party: string;
  /** Whose share of the party's it is: a pod. */
  readonly member: string;
  /** What is waited for: equal within the party for what one answer serves. */
  readonly ticket: string;
}

/** Bounds of a {@link FairQueue}. */
export interface FairQueueLimits {
  readonly inAll: number;
  readonly perParty: number;
}

/** What became of an item that was put in. */
export type Admission<T> =
  | { readonly kind: 'queued' }
  /** It has the place of another one, which nobody will get out any more. */
  | { readonly kind: 'displaced'; readonly item: T }
  /** All places are taken, by others who have as few. */
  | { readonly kind: 'full' };

interface Entry<T> {
  readonly ticket: string;
  readonly item: T;
}

/** By member, the one whose turn is next first; of each the oldest first. No member is without an entry. */
type Party<T> = Map<string, Entry<T>[]>;

/** Items of parties and their members. */
export class FairQueue<T> {
  readonly #limits: FairQueueLimits;
  /** The one whose turn is next first; none is empty. */
  readonly #parties = new Map<string, Party<T>>();
  #size = 0;

  constructor(limits: FairQueueLimits) {
    this.#limits = limits;
  }

  /** How many items wait. */
  get size(): number {
    return this.#size;
  }

  /** Puts an item in. Where all places are taken, the party, and in it the member, that has most gives its last one up. */
  push({ party: name, member, ticket }: Turn, item: T): Admission<T> {
    const ofParty = sizeOf(this.#parties.get(name));
    let displaced: Entry<T> | undefined;
    if (ofParty >= this.#limits.perParty || this.#size >= this.#limits.inAll) {
      displaced =
        (ofParty >= this.#limits.perParty ? undefined : this.#takeFromGreediest(ofParty)) ??
        this.#take(name, this.#parties.get(name)?.get(member)?.length ?? 0);
      if (displaced === undefined) return { kind: 'full' };
    }
    const members = this.#parties.get(name) ?? new Map<string, Entry<T>[]>();
    this.#parties.set(name, members);
    const own = members.get(member);
    if (own === undefined) members.set(member, [{ ticket, item }]);
    else own.push({ ticket, item });
    this.#size++;
    return displaced === undefined ? { kind: 'queued' } : { kind: 'displaced', item: displaced.item };
  }

  /** The member waits for something that another one put in: it waits no longer than if it had put it in itself. */
  join({ party: name, member, ticket }: Turn): void {
    const party = this.#parties.get(name);
    if (party === undefined) return;
    const own = party.get(member) ?? [];
    for (const [other, entries] of party) {
      const ahead = entries.findIndex((entry) => entry.ticket === ticket);
      const entry = entries[ahead];
      if (entry === undefined) continue;
      if (other === member || ahead <= own.length) return;
      entries.splice(ahead, 1);
      own.push(entry);
      party.set(member, own);
      return;
    }
  }

  /** The item whose turn it is. */
  shift(): T | undefined {
    const [next] = this.#parties;
    if (next === undefined) return undefined;
    const [name, party] = next;
    const [turn] = party;
    if (turn === undefined) return undefined;
    const [member, entries] = turn;
    const entry = entries.shift();
    this.#size--;
    // The order of a map is that of insertion: who had a turn goes to the end.
    party.delete(member);
    if (entries.length > 0) party.set(member, entries);
    this.#parties.delete(name);
    if (party.size > 0) this.#parties.set(name, party);
    return entry?.item;
  }

  /** The last of the party that has most, where it has more than who comes with `own` will have. */
  #takeFromGreediest(own: number): Entry<T> | undefined {
    let [greediest, most] = ['', 0];
    for (const [name, party] of this.#parties) {
      const size = sizeOf(party);
      if (size > most) [greediest, most] = [name, size];
    }
    return most > own + 1 ? this.#take(greediest, -1) : undefined;
  }

  /** The last of the party's member that has most, where it has more than who comes with `own` will have. */
  #take(name: string, own: number): Entry<T> | undefined {
    const party = this.#parties.get(name) ?? new Map<string, Entry<T>[]>();
    let [greediest, most]: [string, Entry<T>[]] = ['', []];
    for (const [member, entries] of party)
      if (entries.length > most.length) [greediest, most] = [member, entries];
    if (most.length <= own + 1) return undefined;
    const taken = most.pop();
    if (most.length === 0) party.delete(greediest);
    this.#size--;
    return taken;
  }
}

function sizeOf(party: Party<unknown> | undefined): number {
  let size = 0;
  for (const entries of party?.values() ?? []) size += entries.length;
  return size;
}
