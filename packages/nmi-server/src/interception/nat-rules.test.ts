import { describe, expect, it } from 'vitest';
import {
  chainRules,
  disarmInput,
  hasOurRules,
  installInput,
  removeInput,
  ruleDefect,
  type NatListing,
} from './nat-rules.js';

const redirection = {
  metadataIp: '169.254.169.254',
  metadataPort: 80,
  targetIp: '127.0.0.1',
  targetPort: 2579,
};
const policy = '-P PREROUTING ACCEPT';
const jump = '-A PREROUTING -j aad-metadata';
const other = '-A PREROUTING -m comment --comment "service portals" -j KUBE-SERVICES';
const right: NatListing = {
  prerouting: [policy, jump, other, ''],
  chain: ['-N aad-metadata', ...chainRules(redirection), ''],
};

describe('ruleDefect', () => {
  it('finds nothing wrong with the rules of the contract', () => {
    expect(chainRules(redirection)).toEqual([
      '-A aad-metadata ! -s 127.0.0.1/32 -d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:2579',
      '-A aad-metadata -j RETURN',
    ]);
    expect(ruleDefect(right, redirection)).toBeUndefined();
  });

  it.each<[string, NatListing]>([
    ['is missing', { ...right, chain: undefined }],
    ['holds other rules', { ...right, chain: ['-N aad-metadata', '-A aad-metadata -j RETURN'] }],
    ['holds other rules', { ...right, chain: [...right.chain!, '-A aad-metadata -j ACCEPT'] }],
    ['does not jump', { ...right, prerouting: [policy, other] }],
    ['comes before', { ...right, prerouting: [policy, other, jump] }],
    ['more than once', { ...right, prerouting: [policy, jump, jump] }],
  ])('says that something %s', (defect, listing) => {
    expect(ruleDefect(listing, redirection)).toContain(defect);
    expect(hasOurRules(listing)).toBe(true);
  });

  it('sees another target as wrong', () => {
    expect(ruleDefect(right, { ...redirection, targetPort: 1 })).toContain('holds other rules');
  });
});

describe('inputs for iptables-restore', () => {
  it('replace every jump of ours and touch nothing else', () => {
    expect(installInput({ prerouting: [jump, other, jump], chain: [] }, redirection)).toBe(
      [
        '*nat',
        ':aad-metadata - [0:0]',
        '-D PREROUTING -j aad-metadata',
        '-D PREROUTING -j aad-metadata',
        '-I PREROUTING 1 -j aad-metadata',
        ...chainRules(redirection),
        'COMMIT',
        '',
      ].join('\n'),
    );
    expect(removeInput(right)).toBe(
      '*nat\n:aad-metadata - [0:0]\n-D PREROUTING -j aad-metadata\n-X aad-metadata\nCOMMIT\n',
    );
    expect(disarmInput(right)).not.toContain('-X');
  });

  it('are not needed where nothing of ours is there', () => {
    expect(hasOurRules({ prerouting: [policy, other], chain: undefined })).toBe(false);
  });
});
