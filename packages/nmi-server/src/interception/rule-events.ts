/**
 * Reads what `xtables-monitor --event` prints: which changes of the node's rules may concern ours. Pure.
 *
 * @module
 */
import { chain, type AddressFamily } from './nat-rules.js';

/** A program changed rules that ours depend on. */
export interface RuleChange {
  /** Name of the program as the kernel knows it, cut to 15 characters; absent where it is not told. */
  readonly by?: string;
}

/**
 * Collects the lines of one transaction after the other.
 *
 * @example
 * const events = new RuleEvents('ipv4');
 * events.line(' EVENT: -4 -t nat -D PREROUTING -j aad-metadata'); // undefined: the transaction is not complete
 * events.line('NEWGEN: GENID=7 PID=812 NAME=nft'); // { by: 'nft' }
 */
export class RuleEvents {
  readonly #concerns: RegExp;
  #concerned = false;

  constructor(family: AddressFamily) {
    const [flag, table] = family === 'ipv4' ? ['-4', 'ip'] : ['-6', 'ip6'];
    const chains = `(PREROUTING|${chain})`;
    this.#concerns = new RegExp(
      [
        // A rule or a chain came or went, as iptables would say it.
        `^ ?EVENT: ${flag} -t nat -\\w ${chains}( |$)`,
        // A base chain, and the table itself.
        `^ ?EVENT: # nft: ${table} nat ${chains} `,
        `^ ?EVENT: nft: (NEW|DEL) table: table nat ${table} `,
      ].join('|'),
    );
  }

  /** Takes a line; gives a change where a transaction that concerns our rules is complete with it. */
  line(text: string): RuleChange | undefined {
    const generation = /^ ?NEWGEN:(?:.* NAME=(.*))?/.exec(text);
    if (generation === null) {
      this.#concerned ||= this.#concerns.test(text);
      return undefined;
    }
    if (!this.#concerned) return undefined;
    this.#concerned = false;
    const by = generation[1]?.trim();
    return by === undefined || by === '' ? {} : { by };
  }
}
