/**
 * iptables in memory: nat tables that understand what NMI sends, a statement at a time, all of an input or nothing.
 *
 * @module
 */
import type { CommandResult, RunCommand } from '../interception/command.js';

/** PREROUTING and NMI's chain of one rule set. */
export class FakeNat {
  prerouting: string[] = ['-A PREROUTING -j KUBE-SERVICES'];
  chain: string[] | undefined;
}

/** The rule sets of a node by the name of their program, such as `iptables-nft`. A name that is not there is not installed. */
export class FakeIptables {
  readonly sets = new Map<string, FakeNat>();
  /** Programs that ran, with their arguments. */
  readonly calls: string[] = [];
  /** Inputs of iptables-restore that were applied. */
  readonly inputs: string[] = [];
  /** What every program says instead of working. */
  broken: string | undefined;
  /** Called before an input is applied, as another program that gets in between. */
  beforeRestore: () => void = () => undefined;

  constructor(...programs: readonly string[]) {
    for (const program of programs) this.sets.set(program, new FakeNat());
  }

  /** A rule set that is there. */
  nat(program = 'iptables-nft'): FakeNat {
    const nat = this.sets.get(program);
    if (nat === undefined) throw new Error(`no ${program}`);
    return nat;
  }

  readonly run: RunCommand = async (program, args, input = '') => {
    await Promise.resolve();
    this.calls.push([program, ...args].join(' '));
    if (program === 'conntrack') return exited(1);
    const nat = this.sets.get(program.replace(/-(save|restore)$/, ''));
    if (nat === undefined) return { kind: 'missing' };
    if (this.broken !== undefined) return exited(4, '', `${this.broken}\n`);
    if (program.endsWith('-save')) return exited(0, saved(nat));
    if (program.endsWith('-restore')) return this.#restore(nat, input);
    const lines = args.at(-1) === 'PREROUTING' ? nat.prerouting : nat.chain;
    return lines === undefined
      ? exited(1, '', 'No chain by that name.')
      : exited(0, `-P x\n${lines.join('\n')}\n`);
  };

  #restore(nat: FakeNat, input: string): CommandResult {
    this.beforeRestore();
    const prerouting = [...nat.prerouting];
    let chain = nat.chain === undefined ? undefined : [...nat.chain];
    for (const line of input.split('\n')) {
      if (line.startsWith(':aad-metadata')) chain = [];
      else if (line.startsWith('-D ')) {
        const at = prerouting.indexOf(line.replace('-D', '-A'));
        if (at < 0) return exited(1, '', 'Bad rule (does a matching rule exist in that chain?).');
        prerouting.splice(at, 1);
      } else if (line.startsWith('-I ')) prerouting.unshift('-A PREROUTING -j aad-metadata');
      else if (line.startsWith('-A ')) chain?.push(line);
      else if (line.startsWith('-X ')) chain = undefined;
    }
    Object.assign(nat, { prerouting, chain });
    this.inputs.push(input);
    return exited(0);
  }
}

function saved({ prerouting, chain }: FakeNat): string {
  const ours = chain === undefined ? [] : [':aad-metadata - [0:0]', ...chain];
  return ['*nat', ':PREROUTING ACCEPT [0:0]', ...ours, ...prerouting, 'COMMIT', ''].join('\n');
}

function exited(code: number, stdout = '', stderr = ''): CommandResult {
  return { kind: 'exited', code, stdout, stderr };
}
