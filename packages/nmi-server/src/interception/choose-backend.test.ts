import { describe, expect, it } from 'vitest';
import { chooseBackend } from './choose-backend.js';
import type { RunCommand } from './command.js';

const hinted = ':KUBE-IPTABLES-HINT - [0:0]\n';
const rules = '-A INPUT -j ACCEPT\n';
const having =
  (saved: Readonly<Record<string, string>>): RunCommand =>
  (program) =>
    Promise.resolve(
      program in saved
        ? { kind: 'exited', code: 0, stdout: saved[program] ?? '', stderr: '' }
        : { kind: 'missing' },
    );

describe('chooseBackend', () => {
  it.each([
    ['nft', { 'iptables-nft-save': hinted, 'iptables-legacy-save': rules }],
    ['legacy', { 'iptables-nft-save': rules, 'iptables-legacy-save': hinted }],
    ['legacy', { 'iptables-nft-save': rules, 'iptables-legacy-save': rules + rules }],
    ['nft', { 'iptables-nft-save': '', 'iptables-legacy-save': '' }],
    ['nft', { 'iptables-nft-save': '' }],
    ['legacy', { 'iptables-legacy-save': '' }],
    ['plain', {}],
  ])('takes %s where the node has %j', async (backend, saved) => {
    expect(await chooseBackend(having(saved), 'ipv4')).toBe(backend);
  });

  it('takes the one that is installed although it cannot be read now', async () => {
    const locked: RunCommand = (program) =>
      Promise.resolve(
        program === 'iptables-nft-save'
          ? { kind: 'exited', code: 4, stdout: '', stderr: 'locked' }
          : { kind: 'missing' },
      );
    expect(await chooseBackend(locked, 'ipv4')).toBe('nft');
  });

  it('goes by the rules of the family that is asked for', async () => {
    const saved = { 'iptables-nft-save': hinted, 'ip6tables-nft-save': '', 'ip6tables-legacy-save': hinted };
    expect(await chooseBackend(having(saved), 'ipv6')).toBe('legacy');
  });
});
