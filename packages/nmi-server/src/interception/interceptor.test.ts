import { VirtualClock } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import type { CommandResult, RunCommand } from './command.js';
import { Interceptor, removeOurRules, type InterceptionEvent } from './interceptor.js';
import { chooseBackend, installedBackends, Iptables } from './iptables.js';
import { chainRules } from './nat-rules.js';

const redirection = {
  metadataIp: '169.254.169.254',
  metadataPort: 80,
  targetIp: '10.0.0.4',
  targetPort: 2579,
};
const exited = (code: number, stdout = '', stderr = ''): CommandResult => ({
  kind: 'exited',
  code,
  stdout,
  stderr,
});

/** A nat table that understands what the interceptor sends, one statement at a time. */
class FakeNat {
  prerouting: string[] = ['-A PREROUTING -j KUBE-SERVICES'];
  chain: string[] | undefined;
  restores = 0;
  broken = false;

  readonly run: RunCommand = async (program, args, input = '') => {
    await Promise.resolve();
    if (this.broken) return exited(4, '', 'Another app is currently holding the xtables lock.\n');
    if (program.endsWith('-restore')) return this.#restore(input);
    const lines = args.at(-1) === 'PREROUTING' ? this.prerouting : this.chain;
    return lines === undefined
      ? exited(1, '', 'No chain by that name.')
      : exited(0, `-P x\n${lines.join('\n')}\n`);
  };

  #restore(input: string): CommandResult {
    this.restores++;
    for (const line of input.split('\n')) {
      if (line.startsWith(':aad-metadata')) this.chain = [];
      else if (line.startsWith('-D '))
        this.prerouting.splice(this.prerouting.indexOf(line.replace('-D', '-A')), 1);
      else if (line.startsWith('-I ')) this.prerouting.unshift('-A PREROUTING -j aad-metadata');
      else if (line.startsWith('-A ')) this.chain?.push(line);
      else if (line.startsWith('-X ')) this.chain = undefined;
    }
    return exited(0);
  }
}

function setUp() {
  const clock = new VirtualClock();
  const nat = new FakeNat();
  const events: InterceptionEvent[] = [];
  const interceptor = new Interceptor({
    clock,
    run: nat.run,
    backend: 'nft',
    redirection,
    intervalMs: 60_000,
    onEvent: (event) => events.push(event),
  });
  return { clock, nat, events, interceptor };
}
const right = ['-A PREROUTING -j aad-metadata', '-A PREROUTING -j KUBE-SERVICES'];

describe('Interceptor', () => {
  it('puts the rules in place once and leaves them alone while they are right', async () => {
    const { clock, nat, events, interceptor } = setUp();
    await interceptor.start();
    expect(interceptor.inPlace).toBe(true);
    expect([nat.prerouting, nat.chain]).toEqual([right, chainRules(redirection)]);
    await clock.advance(180_000);
    expect([nat.restores, events.length]).toEqual([1, 1]);
    await interceptor.stop(false);
    expect(nat.prerouting).toEqual(right);
    expect(clock.pending).toBe(0);
  });

  it('repairs what somebody changed', async () => {
    const { clock, nat, events, interceptor } = setUp();
    await interceptor.start();
    nat.prerouting.unshift('-A PREROUTING -j OTHERS');
    await clock.advance(60_000);
    expect(nat.prerouting).toEqual([right[0], '-A PREROUTING -j OTHERS', right[1]]);
    expect(events.at(-1)).toMatchObject({
      kind: 'installed',
      defect: expect.stringContaining('before the jump'),
    });
    await interceptor.stop(true);
    expect([nat.prerouting, nat.chain]).toEqual([
      ['-A PREROUTING -j OTHERS', '-A PREROUTING -j KUBE-SERVICES'],
      undefined,
    ]);
  });

  it('says that it cannot, tries again soon, and is not in place meanwhile', async () => {
    const { clock, nat, events, interceptor } = setUp();
    nat.broken = true;
    await interceptor.start();
    expect(interceptor.inPlace).toBe(false);
    expect(events[0]).toMatchObject({
      kind: 'failed',
      error: { message: expect.stringContaining('xtables lock') },
    });
    nat.broken = false;
    await clock.advance(2_000);
    expect(interceptor.inPlace).toBe(true);
    await interceptor.stop(false);
  });
});

describe('removeOurRules', () => {
  it('says whether there were any', async () => {
    const { nat, interceptor } = setUp();
    const iptables = new Iptables('nft', nat.run);
    expect(await removeOurRules(iptables)).toBe(false);
    await interceptor.start();
    await interceptor.stop(false);
    expect(await removeOurRules(iptables)).toBe(true);
    expect(nat.chain).toBeUndefined();
  });
});

describe('chooseBackend', () => {
  const hinted = ':KUBE-IPTABLES-HINT - [0:0]\n';
  const rules = '-A INPUT -j ACCEPT\n';
  const having =
    (saved: Readonly<Record<string, string>>): RunCommand =>
    (program) =>
      Promise.resolve(program in saved ? exited(0, saved[program]) : { kind: 'missing' });

  it.each([
    ['nft', { 'iptables-nft-save': hinted, 'iptables-legacy-save': rules }],
    ['legacy', { 'iptables-nft-save': rules, 'iptables-legacy-save': hinted }],
    ['legacy', { 'iptables-nft-save': rules, 'iptables-legacy-save': rules + rules }],
    ['nft', { 'iptables-nft-save': '', 'iptables-legacy-save': '' }],
    ['nft', { 'iptables-nft-save': '' }],
    ['legacy', { 'iptables-legacy-save': '' }],
    ['plain', {}],
  ])('takes %s where the node has %j', async (backend, saved) => {
    expect(await chooseBackend(having(saved))).toBe(backend);
  });

  it('lists what is installed', async () => {
    expect(await installedBackends(having({ 'iptables-legacy-save': '' }))).toEqual(['legacy']);
    expect(await installedBackends(having({}))).toEqual(['plain']);
  });
});
