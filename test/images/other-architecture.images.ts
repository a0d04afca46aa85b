import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  architectures,
  imageNames,
  type Architecture,
  type ImageName,
} from '../../scripts/images/contents.js';
import { ownArchitecture, unpackImage, version } from './unpacked-image.js';

/** Debian's qemu-user-static: it runs one program of another machine. */
const emulators = { amd64: 'qemu-x86_64-static', arm64: 'qemu-aarch64-static' };
const others = architectures.filter((architecture) => architecture !== ownArchitecture);

/** Runs a program of an image in its root file system, as its user. */
function run(
  name: ImageName,
  architecture: Architecture,
  program: string,
  ...args: readonly string[]
): SpawnSyncReturns<string> {
  using image = unpackImage(name, architecture);
  const emulator = emulators[architecture];
  const path = execFileSync('which', [emulator], { encoding: 'utf8' }).trim();
  copyFileSync(path, join(image.rootFileSystem, emulator));
  const { user, env } = image.config.process;
  const userspec = `--userspec=${user.uid}:${user.gid}`;
  return spawnSync('chroot', [userspec, image.rootFileSystem, `/${emulator}`, program, ...args], {
    encoding: 'utf8',
    timeout: 120_000,
    env: Object.fromEntries(env.map((one) => one.split(/=(.*)/s, 2) as [string, string])),
  });
}

describe.each(others)('on this machine, for %s,', (architecture) => {
  it.each(imageNames)('the program of image %s starts', (name) => {
    const { status, stdout, stderr } = run(
      name,
      architecture,
      '/usr/bin/node',
      `/app/${name}.mjs`,
      '--version',
    );
    expect(`${stdout}${stderr}`.trim()).toBe(`${name} ${version}`);
    expect(status).toBe(0);
  });

  it.each(imageNames)('the program of image %s says what is wrong with its command line', (name) => {
    const { status, stderr } = run(name, architecture, '/usr/bin/node', `/app/${name}.mjs`, '--no-such-flag');
    expect(stderr).toContain('--no-such-flag');
    expect(status).toBe(2);
  });

  // iptables-nft and conntrack talk to the kernel by netlink for netfilter, which the emulator does not know.
  it.each([
    ['/usr/sbin/iptables-legacy', /legacy/],
    ['/usr/bin/stdbuf', /stdbuf/],
  ])('image nmi has what NMI starts: %s', (program, expected) => {
    const { stdout, stderr } = run('nmi', architecture, program, '--version');
    expect(stdout, stderr).toMatch(expected);
  });
});
