import { spawn, type ChildProcess } from 'node:child_process';
import { systemClock } from '@aad-pod-identity/program';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand, type RunCommand } from '../../packages/nmi-server/src/interception/command.js';
import {
  Interceptor,
  type InterceptionEvent,
} from '../../packages/nmi-server/src/interception/interceptor.js';
import { watchRules } from '../../packages/nmi-server/src/interception/rule-watch.js';
import { imdsAddress, nodeAddress, createTestNode, type TestNode } from './network-namespace.js';
import { addRulesOfOthers } from './rules-of-others.js';

const redirection = {
  metadataIp: imdsAddress,
  metadataPort: 80,
  targetIp: nodeAddress,
  targetPort: 2579,
};
/** So long that what happens within a test is not its work. */
const hourMs = 3_600_000;

describe.each(['nft', 'legacy'] as const)(
  'rules that another program changes, with iptables-%s',
  (backend) => {
    const program = `iptables-${backend}`;
    let node: TestNode;
    let interceptor: Interceptor;
    let events: InterceptionEvent[];
    let heard: boolean;
    const children: ChildProcess[] = [];

    const start = async (run: RunCommand = node.onNode): Promise<void> => {
      interceptor = new Interceptor({
        clock: systemClock,
        run,
        backend,
        redirection,
        intervalMs: hourMs,
        onEvent: (event) => events.push(event),
        ...(backend === 'legacy'
          ? {}
          : {
              watch: (hearing) => {
                const watch = watchRules({ clock: systemClock, follow: node.followOnNode, ...hearing });
                void until(() => watch.live).then(() => (heard = true));
                return watch;
              },
            }),
      });
      await interceptor.start();
      if (backend === 'nft') await until(() => heard);
      // Only hearing of a change, or the look every 2 s of a backend that tells of none, can repair it now.
      await until(() => interceptor.inPlace);
    };
    const until = async (look: () => boolean | Promise<boolean>): Promise<void> => {
      for (const deadline = Date.now() + 60_000; !(await look());) {
        if (Date.now() > deadline) throw new Error(`in vain: ${look.toString()}; ${JSON.stringify(events)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const inPlace = async (): Promise<boolean> => {
      const rules = await node.rules(program);
      return (
        rules.match(/^-A PREROUTING.*$/m)?.[0] === '-A PREROUTING -j aad-metadata' && rules.includes('DNAT')
      );
    };
    /** Runs a shell on the node until the test ends. */
    const loop = (script: string): ChildProcess => {
      const child = spawn('ip', ['netns', 'exec', node.name, 'sh', '-c', script], { stdio: 'ignore' });
      children.push(child);
      return child;
    };
    const exit = (child: ChildProcess): Promise<unknown> =>
      child.exitCode === null && child.signalCode === null
        ? new Promise((resolve) => child.once('exit', resolve))
        : Promise.resolve();

    beforeEach(() => {
      node = createTestNode();
      events = [];
      heard = false;
    });
    afterEach(async () => {
      for (const child of children.splice(0)) {
        child.kill('SIGKILL');
        await exit(child);
      }
      await interceptor.stop();
      node[Symbol.dispose]();
    });

    it.each([
      ['a flush of PREROUTING', ['-t', 'nat', '-F', 'PREROUTING']],
      ['a flush of the table', ['-t', 'nat', '-F']],
      ['a rule before ours', ['-t', 'nat', '-I', 'PREROUTING', '1', '-p', 'tcp', '-j', 'ACCEPT']],
      ['another rule in our chain', ['-t', 'nat', '-I', 'aad-metadata', '1', '-j', 'RETURN']],
    ])('are repaired after %s', async (_, change) => {
      await addRulesOfOthers(node, program);
      await start();
      await node.iptables(program, ...change);
      await until(inPlace);
      await until(() => events.length >= 2);
      if (backend === 'nft') expect(events.at(-1)).toMatchObject({ by: expect.stringContaining('iptables') });
    });

    it('are repaired, with others byte-identical, while another program writes and waits for the lock', async () => {
      await addRulesOfOthers(node, program);
      await start();
      const before = await node.rules(program);
      const writer = loop(
        `for i in $(seq 60); do
         ${program} -w -t nat -I PREROUTING 1 -p tcp --dport $i -j RETURN
         ${program} -w -t nat -A KUBE-SERVICES -p tcp --dport $i -j RETURN
         printf '*nat\\n-D PREROUTING -p tcp --dport %s -j RETURN\\n-D KUBE-SERVICES -p tcp --dport %s -j RETURN\\nCOMMIT\\n' $i $i |
           ${program}-restore --noflush -w || exit 1
       done`,
      );
      await exit(writer);
      expect(writer.exitCode).toBe(0);
      await until(async () => (await node.rules(program)) === before);
    });

    it('are repaired at a bounded rate while another program flushes without end, and right when it ends', async () => {
      let restores = 0;
      await start((command, args, input) => {
        if (command.endsWith('-restore')) restores++;
        return node.onNode(command, args, input);
      });
      const begunAt = Date.now();
      const flusher = loop(`while :; do ${program} -w -t nat -F PREROUTING; done`);
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      flusher.kill('SIGKILL');
      await exit(flusher);
      const seconds = (Date.now() - begunAt) / 1_000;
      await until(inPlace);
      await until(() => interceptor.inPlace);
      // One more for each race with the flusher between looking and writing.
      expect(restores).toBeGreaterThan(1);
      expect(restores).toBeLessThan(3 * (20 + 2 * (seconds + 3)));
      expect(events.some(({ kind }) => kind === 'in-place')).toBe(true);
    });

    if (backend === 'nft')
      it.each([
        ['nft flush ruleset', ['flush', 'ruleset']],
        ['nft delete table', ['delete', 'table', 'ip', 'nat']],
        ['nft flush chain', ['flush', 'chain', 'ip', 'nat', 'PREROUTING']],
      ])('are repaired at once after %s, and it is said who it was', async (_, args) => {
        await start();
        expect(await node.onNode('nft', args)).toMatchObject({ code: 0 });
        await until(inPlace);
        await until(() => events.length >= 2);
        expect(events.at(-1)).toMatchObject({ kind: 'in-place', by: 'nft' });
      });

    if (backend === 'nft')
      it('are repaired after a burst of changes that overran the watch, which begins again', async () => {
        await start();
        const chains = Array.from({ length: 20_000 }, (__, index) => `OTHER-${index}`);
        const input = [
          '*nat',
          ...chains.map((name) => `:${name} - [0:0]`),
          ...chains.map((name) => `-A ${name} -p tcp -m tcp --dport 80 -j RETURN`),
          '-D PREROUTING -j aad-metadata',
          'COMMIT',
          '',
        ].join('\n');
        const result = await node.onNode(`${program}-restore`, ['--noflush', '-w'], input);
        expect(result).toMatchObject({ code: 0 });
        await until(inPlace);
      });

    if (backend === 'legacy')
      it('are put in place as soon as another program gives the lock back', async () => {
        const lock = `/run/nmi-test-${process.pid}.lock`;
        const locked: RunCommand = (command, args, input) =>
          runCommand(
            'ip',
            ['netns', 'exec', node.name, 'env', `XTABLES_LOCKFILE=${lock}`, command, ...args],
            input,
          );
        const holder = loop(`flock ${lock} sleep 2`);
        await until(async () => {
          const free = await runCommand('flock', ['--nonblock', lock, 'true']);
          return free.kind === 'exited' && free.code !== 0;
        });
        await start(locked);
        expect([holder.exitCode, await inPlace()]).toEqual([0, true]);
        await exit(holder);
        await runCommand('rm', ['-f', lock]);
      });
  },
);
