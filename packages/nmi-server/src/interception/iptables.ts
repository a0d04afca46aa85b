/**
 * The nat table through `iptables` or `ip6tables`, by whichever of their two backends the node uses.
 *
 * @module
 */
import type { CommandResult, RunCommand } from './command.js';
import { chain, type AddressFamily, type NatListing } from './nat-rules.js';

/** `nft` and `legacy` keep separate rule sets; a node uses one. `plain`: whatever the node's `iptables` is. */
export type IptablesBackend = 'nft' | 'legacy' | 'plain';

const waitSeconds = '10';

/** A command of iptables failed. */
export class IptablesError extends Error {
  override readonly name: string = 'IptablesError';
}

/** Reads and changes the nat table of one family. Every method rejects with an {@link IptablesError}. */
export class Iptables {
  readonly backend: IptablesBackend;
  readonly family: AddressFamily;
  readonly #run: RunCommand;

  constructor(backend: IptablesBackend, family: AddressFamily, run: RunCommand) {
    this.backend = backend;
    this.family = family;
    this.#run = run;
  }

  /** Reads PREROUTING and our chain. */
  async list(): Promise<NatListing> {
    const prerouting = await this.#list('PREROUTING');
    const ours = await this.#show(chain);
    return { prerouting, chain: ours.code === 0 ? ours.stdout.split('\n') : undefined };
  }

  /** Applies an input for `iptables-restore`, all of it or nothing, leaving everything that it does not name. */
  async restore(input: string): Promise<void> {
    const program = this.#program('-restore');
    const result = await this.#exited(program, ['--noflush', '-w', waitSeconds], input);
    if (result.code !== 0) throw failed(program, result);
  }

  /** Everything that `iptables-save` prints, in all tables. `undefined` where the program is not installed. */
  async save(): Promise<string | undefined> {
    const program = this.#program('-save');
    const result = await this.#run(program, []);
    if (result.kind === 'missing') return undefined;
    if (result.code !== 0) throw failed(program, result);
    return result.stdout;
  }

  async #list(name: string): Promise<readonly string[]> {
    const result = await this.#show(name);
    if (result.code !== 0) throw failed(this.#program(''), result);
    return result.stdout.split('\n');
  }

  #show(name: string): Promise<Exited> {
    return this.#exited(this.#program(''), ['-w', waitSeconds, '-t', 'nat', '-S', name]);
  }

  #program(suffix: '' | '-save' | '-restore'): string {
    const program = this.family === 'ipv4' ? 'iptables' : 'ip6tables';
    return this.backend === 'plain' ? `${program}${suffix}` : `${program}-${this.backend}${suffix}`;
  }

  async #exited(program: string, args: readonly string[], input?: string): Promise<Exited> {
    const result = await this.#run(program, args, input);
    if (result.kind === 'missing') {
      throw new IptablesError(
        `${program} is not installed: NMI needs iptables 1.8 or newer (its image, or the package iptables, brings it)`,
      );
    }
    return result;
  }
}

type Exited = Extract<CommandResult, { kind: 'exited' }>;

function failed(program: string, result: Exited): IptablesError {
  const reason = result.stderr.trim().split('\n')[0] ?? '';
  const fix = /permission denied|must be root|operation not permitted/i.test(reason)
    ? '; NMI must run as root with the capabilities NET_ADMIN and NET_RAW, on the network of the node'
    : '';
  return new IptablesError(
    `${program} exited with ${result.code}${reason === '' ? '' : `: ${reason}`}${fix}`,
  );
}
