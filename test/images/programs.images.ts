import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChildProcesses } from '../../examples/demo/child-processes.js';
import { namespaceStage } from '../../examples/demo/namespace-stage.js';
import { perform } from '../../examples/demo/performance.js';
import { Story } from '../../examples/demo/story.js';
import { imageNames } from '../../scripts/images/contents.js';
import { buildPrograms } from '../../scripts/program-bundles.js';
import { Containers } from './containers.js';
import { version } from './unpacked-image.js';

let containers: Containers;
beforeAll(() => {
  containers = new Containers();
});
afterAll(() => containers[Symbol.dispose]());

describe.each(imageNames)('image %s', (name) => {
  it('starts, as the user of the image and with a root file system that cannot be written to', () => {
    const { status, stdout, stderr } = containers.run(name, ['--version']);
    expect(`${stdout}${stderr}`.trim()).toBe(`${name} ${version}`);
    expect(status).toBe(0);
  });

  it('says what is wrong with its command line, and exits with 2', () => {
    const { status, stderr } = containers.run(name, ['--no-such-flag']);
    expect(stderr).toContain('--no-such-flag');
    expect(status).toBe(2);
  });

  it('cannot write anywhere but where a pod mounts something', () => {
    const script = `
      const { writeFileSync } = await import('node:fs');
      const tried = (path) => { try { writeFileSync(path, ''); return 'written'; } catch ({ code }) { return code; } };
      console.log(JSON.stringify(['/app/x', '/etc/x', '/usr/bin/x', '/x'].map(tried)));`;
    const { stdout, stderr } = containers.run(name, ['--input-type=module', '-e', script], {
      program: '/usr/bin/node',
    });
    expect(stderr).toBe('');
    for (const outcome of JSON.parse(stdout) as string[]) expect(outcome).toMatch(/^(EROFS|EACCES)$/);
  });
});

describe('image nmi', () => {
  it.each([
    ['iptables-nft-save', [], /^$/],
    ['iptables-nft', ['-t', 'nat', '-S', 'PREROUTING'], /-P PREROUTING ACCEPT/],
    ['iptables-legacy', ['-w', '10', '-t', 'nat', '-S', 'PREROUTING'], /-P PREROUTING ACCEPT/],
    ['ip6tables-nft', ['-t', 'nat', '-S', 'PREROUTING'], /-P PREROUTING ACCEPT/],
    ['ip6tables-legacy', ['-t', 'nat', '-S', 'PREROUTING'], /-P PREROUTING ACCEPT/],
    ['iptables-nft-restore', ['--noflush', '-w', '10'], /^$/],
    ['iptables-legacy-restore', ['--noflush', '-w', '10'], /^$/],
    ['conntrack', ['-L', '-f', 'ipv4', '-p', 'tcp'], /^$/],
    ['stdbuf', ['-oL', 'xtables-monitor', '--version'], /^xtables-monitor \d/],
  ])('has what NMI starts: %s', (program, args, expected) => {
    const { status, stdout, stderr } = containers.run('nmi', args, { program, ownNetwork: true });
    expect(stdout, stderr).toMatch(expected);
    expect(status, stderr).toBe(0);
  });

  it('takes the rules of a node away where nothing runs any more', () => {
    const { status, stdout, stderr } = containers.run('nmi', ['uninstall'], { ownNetwork: true });
    expect(status, stderr).toBe(0);
    expect(`${stdout}${stderr}`).toContain('iptables');
  });
});

describe('the programs of the images', () => {
  it('do their work together: MIC attaches, NMI redirects and answers, the demo lists machines', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'image-story-'));
    const told: string[] = [];
    const story = new Story((line) => told.push(line));
    try {
      const { simulator } = await buildPrograms(() => undefined, ['simulator']);
      const [mic, nmi, demo] = imageNames.map((name) => containers.launcher(name, { readable: [folder] }));
      if (mic === undefined || nmi === undefined || demo === undefined)
        throw new Error('an image is missing');
      await using stage = namespaceStage(['demo-granted', 'demo-refused']);
      await using children = new ChildProcesses(folder);
      const patience = { signal: children.failed, milliseconds: 60_000 };
      const files = { simulator, mic, nmi, demo };
      try {
        await using shown = await perform(story, { files, children, stage, folder, patience });
        expect(shown.virtualMachines.length).toBeGreaterThan(0);
        expect(shown.refused.reason).toBe('no-label');
        expect(shown.afterUnbind.reason).toBe('no-binding');
      } catch (error) {
        throw new Error([...told, ...(await children.lastLines(20))].join('\n'), { cause: error });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
