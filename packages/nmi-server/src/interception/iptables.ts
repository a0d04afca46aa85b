/**
 * The nat table through `iptables`, by whichever of its two backends the node uses.
 *
 * @module
 */
import type { CommandResult, RunCommand } from './command.js';
import { chain, type NatListing } from './nat-rules.js';

/** `nft` and `legacy` keep separate rule sets; a node uses one. `plain`: whatever the node's `iptables` is. */
export type IptablesBackend = 'nft' | 'legacy' | 'plain';

const waitSeconds = '10';

/** A command of iptables failed. */
export class IptablesError extends Error {
  override readonly name: string = 'IptablesError';
}

/** Reads and changes the nat table. */
export class Iptables {
  readonly backend: IptablesBackend;
  readonly #run: RunCommand;

  constructor(backend: IptablesBackend, run: RunCommand) {
    this.backend = backend;
    this.#run = run;
  }

  /** Reads PREROUTING and our chain. */
  async list(): Promise<NatListing> {
    const prerouting = await this.#list('PREROUTING');
    const ours = await this.#exited(programName(this.backend, ''), [
      '-w',
      waitSeconds,
      '-t',
      'nat',
      '-S',
      chain,
    ]);
    return { prerouting, chain: ours.code === 0 ? ours.stdout.split('\n') : undefined };
  }

  /** Applies an input for `iptables-restore`, all of it or nothing, leaving everything that it does not name. */
  async restore(input: string): Promise<void> {
    const program = programName(this.backend, '-restore');
    const result = await this.#exited(program, ['--noflush', '-w', waitSeconds], input);
    if (result.code !== 0) throw failed(program, result);
  }

  async #list(name: string): Promise<readonly string[]> {
    const program = programName(this.backend, '');
    const result = await this.#exited(program, ['-w', waitSeconds, '-t', 'nat', '-S', name]);
    if (result.code !== 0) throw failed(program, result);
    return result.stdout.split('\n');
  }

  async #exited(program: string, args: readonly string[], input?: string): Promise<Exited> {
    const result = await this.#run(program, args, input);
    if (result.kind === 'missing') throw new IptablesError(`${program} is not installed`);
    return result;
  }
}

type Exited = Extract<CommandResult, { kind: 'exited' }>;

// Chains that kubelet and kube-proxy create in the backend that they use, for others to find out.
const hint = /^:KUBE-(IPTABLES-HINT|KUBELET-CANARY|PROXY-CANARY) /m;

/**
 * Finds out which backend the node uses: the one that holds kubelet's hint, else the one with more rules, else nft.
 */
export async function chooseBackend(run: RunCommand): Promise<IptablesBackend> {
  const nft = await saved(run, 'nft');
  const legacy = await saved(run, 'legacy');
  if (nft === undefined && legacy === undefined) return 'plain';
  if (legacy === undefined) return 'nft';
  if (nft === undefined) return 'legacy';
  if (hint.test(nft)) return 'nft';
  if (hint.test(legacy)) return 'legacy';
  return ruleCount(legacy) > ruleCount(nft) ? 'legacy' : 'nft';
}

/** The backends that are installed, for taking rules away wherever an earlier NMI left them. */
export async function installedBackends(run: RunCommand): Promise<readonly IptablesBackend[]> {
  const found: IptablesBackend[] = [];
  for (const backend of ['nft', 'legacy'] as const) {
    if ((await saved(run, backend)) !== undefined) found.push(backend);
  }
  return found.length === 0 ? ['plain'] : found;
}

async function saved(run: RunCommand, backend: IptablesBackend): Promise<string | undefined> {
  const result = await run(programName(backend, '-save'), []);
  return result.kind === 'exited' && result.code === 0 ? result.stdout : undefined;
}

function ruleCount(text: string): number {
  return text.split('\n').filter((line) => line.startsWith('-A ')).length;
}

function programName(backend: IptablesBackend, suffix: '' | '-save' | '-restore'): string {
  return backend === 'plain' ? `iptables${suffix}` : `iptables-${backend}${suffix}`;
}

function failed(program: string, result: Exited): IptablesError {
  const reason = result.stderr.trim().split('\n')[0] ?? '';
  return new IptablesError(`${program} exited with ${result.code}${reason === '' ? '' : `: ${reason}`}`);
}
