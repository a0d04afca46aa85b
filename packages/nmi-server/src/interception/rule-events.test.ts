import { describe, expect, it } from 'vitest';
import { RuleEvents } from './rule-events.js';

const generation = 'NEWGEN: GENID=4 PID=9182 NAME=nft';
const heard = (lines: readonly string[], family: 'ipv4' | 'ipv6' = 'ipv4') => {
  const events = new RuleEvents(family);
  return lines.map((line) => events.line(line)).filter((change) => change !== undefined);
};

describe('RuleEvents', () => {
  it.each([
    ' EVENT: -4 -t nat -D PREROUTING -j aad-metadata',
    ' EVENT: -4 -t nat -A PREROUTING -p tcp -m tcp --dport 80 -j ACCEPT',
    ' EVENT: -4 -t nat -X PREROUTING',
    ' EVENT: -4 -t nat -A aad-metadata -j ACCEPT',
    ' EVENT: # nft: ip nat PREROUTING use 1 type nat hook prerouting prio -100 policy accept packets 0 bytes 0 flags 1',
    ' EVENT: nft: DEL table: table nat ip flags 0 use 0 handle 1',
  ])('hears %s', (line) => {
    expect(heard([line])).toEqual([]);
    expect(heard([line, generation])).toEqual([{ by: 'nft' }]);
  });

  it.each([
    ' EVENT: -4 -t nat -A KUBE-SVC-1 -p tcp -j KUBE-SEP-1',
    ' EVENT: -4 -t nat -A PREROUTING-OTHER -j ACCEPT',
    ' EVENT: -4 -t mangle -A PREROUTING -j ACCEPT',
    ' EVENT: -4 -t nat -A KUBE-SERVICES -m comment --comment "-4 -t nat -A PREROUTING" -j ACCEPT',
    ' EVENT: -6 -t nat -D PREROUTING -j aad-metadata',
    ' EVENT: nft: NEW table: table filter ip flags 0 use 1 handle 2',
  ])('is not concerned by %s', (line) => {
    expect(heard([line, generation])).toEqual([]);
  });

  it('tells one change for a transaction, and none for the next one that does not concern ours', () => {
    const ours = ' EVENT: -6 -t nat -D PREROUTING -j aad-metadata';
    const others = ' EVENT: -6 -t nat -A KUBE-SVC-1 -j KUBE-SEP-1';
    expect(heard([ours, others, ours, 'NEWGEN: GENID=5', others, generation], 'ipv6')).toEqual([{}]);
  });
});
