import { VirtualClock } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { FakeIptables } from '../testing/fake-iptables.js';
import { Interceptor, type InterceptionEvent, type InterceptorOptions } from './interceptor.js';
import { chainRules } from './nat-rules.js';
import type { RuleWatch, RuleWatchOptions } from './rule-watch.js';

const redirection = {
  metadataIp: '169.254.169.254',
  metadataPort: 80,
  targetIp: '10.0.0.4',
  targetPort: 2579,
};
const hourMs = 3_600_000;
const services = '-A PREROUTING -j KUBE-SERVICES';
const jump = '-A PREROUTING -j aad-metadata';

type Hearing = Pick<RuleWatchOptions, 'onChange' | 'onLost'>;

function setUp(options: Partial<InterceptorOptions> = {}) {
  const clock = new VirtualClock();
  const iptables = new FakeIptables('iptables-nft', 'ip6tables-nft');
  const nat = iptables.nat();
  const events: InterceptionEvent[] = [];
  const interceptor = new Interceptor({
    clock,
    run: iptables.run,
    backend: 'nft',
    redirection,
    intervalMs: 60_000,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { clock, iptables, nat, events, interceptor };
}

/** With a watch that a test speaks for. */
function setUpHearing(options: Partial<InterceptorOptions> = {}) {
  let hearing: Hearing | undefined;
  const watching = { live: true, stopped: false };
  const watch: RuleWatch = {
    get live() {
      return watching.live;
    },
    stop: () => (watching.stopped = true),
  };
  const all = setUp({
    watch: (heard) => {
      hearing = heard;
      return watch;
    },
    ...options,
  });
  return {
    ...all,
    watching,
    change: (by?: string) => hearing?.onChange(by === undefined ? {} : { by }),
    lose: (reason: string) => hearing?.onLost(reason),
  };
}

describe('Interceptor', () => {
  it('puts the rules in place once and leaves them alone while they are right', async () => {
    const { clock, iptables, nat, events, interceptor } = setUp();
    await interceptor.start();
    expect(interceptor.inPlace).toBe(true);
    expect([nat.prerouting, nat.chain]).toEqual([[jump, services], chainRules(redirection)]);
    await clock.advance(180_000);
    expect([iptables.inputs.length, events]).toEqual([
      1,
      [{ kind: 'in-place', defect: 'the chain aad-metadata is missing' }],
    ]);
    await interceptor.stop();
    expect(nat.prerouting).toEqual([jump, services]);
    expect(clock.pending).toBe(0);
  });

  it('takes over the rules of an earlier NMI without touching them', async () => {
    const { iptables, nat, events, interceptor } = setUp();
    nat.prerouting.unshift(jump);
    nat.chain = [...chainRules(redirection)];
    await interceptor.start();
    expect([iptables.inputs, events]).toEqual([[], [{ kind: 'in-place' }]]);
    await interceptor.stop();
  });

  it('repairs what somebody changed', async () => {
    const { clock, nat, events, interceptor } = setUp();
    await interceptor.start();
    nat.prerouting.unshift('-A PREROUTING -j OTHERS');
    await clock.advance(60_000);
    expect(nat.prerouting).toEqual([jump, '-A PREROUTING -j OTHERS', services]);
    expect(events.at(-1)).toMatchObject({
      kind: 'in-place',
      defect: expect.stringContaining('before the jump'),
    });
    await interceptor.stop();
  });

  it('says that it cannot, tries again soon, and is not in place meanwhile', async () => {
    const { clock, iptables, events, interceptor } = setUp();
    iptables.broken = 'Another app is currently holding the xtables lock.';
    await interceptor.start();
    expect([interceptor.inPlace, interceptor.failure]).toEqual([
      false,
      expect.stringContaining('xtables lock'),
    ]);
    expect(events[0]).toMatchObject({ kind: 'failed' });
    iptables.broken = undefined;
    await clock.advance(2_000);
    expect([interceptor.inPlace, interceptor.failure]).toEqual([true, undefined]);
    await interceptor.stop();
  });

  it('says what is missing, and which rights', async () => {
    const nothing = setUp({ backend: 'legacy' });
    await nothing.interceptor.start();
    expect(nothing.interceptor.failure).toMatch(/iptables-legacy is not installed: NMI needs iptables 1\.8/);
    await nothing.interceptor.stop();
    const { iptables, interceptor } = setUp();
    iptables.broken =
      'iptables v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)';
    await interceptor.start();
    expect(interceptor.failure).toContain('NET_ADMIN');
    await interceptor.stop();
  });

  it('looks again and writes again where another program changed the rules in between', async () => {
    const { iptables, nat, events, interceptor } = setUp();
    nat.prerouting = [services, jump];
    iptables.beforeRestore = () => {
      iptables.beforeRestore = () => undefined;
      nat.prerouting = [services];
    };
    await interceptor.start();
    expect(nat.prerouting).toEqual([jump, services]);
    expect(events.map(({ kind }) => kind)).toEqual(['in-place']);
    await interceptor.stop();
  });

  it('redirects IPv6 by the rules of ip6tables alone', async () => {
    const { iptables, interceptor } = setUp({
      redirection: { metadataIp: 'fd00::a9fe', metadataPort: 80, targetIp: 'fd00::4', targetPort: 2579 },
    });
    await interceptor.start();
    expect(iptables.nat('ip6tables-nft').chain).toEqual([
      '-A aad-metadata ! -s ::1/128 -d fd00::a9fe/128 -p tcp -m tcp --dport 80 -j DNAT --to-destination [fd00::4]:2579',
      '-A aad-metadata -j RETURN',
    ]);
    expect(iptables.nat('iptables-nft').chain).toBeUndefined();
    await interceptor.stop();
  });
});

describe('Interceptor, hearing of changes', () => {
  it('repairs at once, and says who it was', async () => {
    const { clock, nat, events, interceptor, change, watching } = setUpHearing({ intervalMs: hourMs });
    await interceptor.start();
    nat.prerouting = [services];
    change('nft');
    await clock.advance(0);
    expect(nat.prerouting).toEqual([jump, services]);
    expect(events.at(-1)).toMatchObject({ kind: 'in-place', by: 'nft' });
    await interceptor.stop();
    expect(watching.stopped).toBe(true);
  });

  it('does not miss a change that comes while it looks', async () => {
    const { clock, iptables, nat, interceptor, change } = setUpHearing({ intervalMs: hourMs });
    await interceptor.start();
    iptables.beforeRestore = () => {
      iptables.beforeRestore = () => undefined;
      // Right after this very input is applied, somebody flushes again.
      queueMicrotask(() => {
        nat.prerouting = [services];
        change();
      });
    };
    nat.prerouting = [services];
    change();
    await clock.advance(0);
    expect(nat.prerouting).toEqual([jump, services]);
    await interceptor.stop();
  });

  it('answers a program that flushes without end, but at its own pace', async () => {
    const { clock, iptables, nat, interceptor, change } = setUpHearing({ intervalMs: hourMs });
    await interceptor.start();
    for (let flush = 0; flush < 6_000; flush++) {
      nat.prerouting = [services];
      change();
      await clock.advance(10);
    }
    const repairs = iptables.inputs.length - 1;
    expect(repairs).toBeGreaterThan(100);
    expect(repairs).toBeLessThanOrEqual(20 + 60 * 2 + 1);
    await clock.advance(1_000);
    expect(nat.prerouting).toEqual([jump, services]);
    await interceptor.stop();
  });

  it('looks more often while it does not hear, and at once when it stops hearing', async () => {
    const { clock, nat, events, interceptor, lose, watching } = setUpHearing({ intervalMs: hourMs });
    await interceptor.start();
    watching.live = false;
    nat.prerouting = [services];
    lose('xtables-monitor ended with 1');
    await clock.advance(0);
    expect(nat.prerouting).toEqual([jump, services]);
    nat.prerouting = [services];
    await clock.advance(2_000);
    expect(nat.prerouting).toEqual([jump, services]);
    expect(events).toContainEqual({ kind: 'unheard', reason: 'xtables-monitor ended with 1' });
    await interceptor.stop();
  });
});
