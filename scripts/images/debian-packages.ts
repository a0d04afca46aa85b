/**
 * Debian packages of several architectures, by apt, whatever this machine itself has installed.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { architectures, type Architecture } from './contents.js';
import type { PackagePin } from './pins.js';

/** Gets packages that are pinned; those that the cache holds need no network. */
export class DebianPackages {
  readonly #cache: string;
  readonly #allowNewer: boolean;
  readonly #say: (line: string) => void;
  #updated = false;

  /**
   * @param allowNewer - where the archive no longer has a pinned version, take the one it has, and say so
   */
  constructor(cache: string, allowNewer: boolean, say: (line: string) => void) {
    this.#cache = join(cache, 'debian');
    this.#allowNewer = allowNewer;
    this.#say = say;
    mkdirSync(this.#cache, { recursive: true });
  }

  /**
   * The path of a package's `.deb`, and what it is.
   * @throws where it cannot be had, or is not the pinned one
   */
  fetch(
    name: string,
    architecture: Architecture,
    pin: PackagePin,
  ): { readonly path: string; readonly pin: PackagePin } {
    const path = this.#pathOf(pin);
    if (existsSync(path)) return { path, pin };
    if (this.#download(name, architecture, pin)) return { path, pin };
    const offered = this.newest(name, architecture);
    const what = `${name} ${pin.version} (${architecture}) is not in the archive any more, which has ${offered.version}`;
    if (!this.#allowNewer)
      throw new Error(`${what}. Run: npm run images -- --pin, and commit deploy/images/pins.json`);
    this.#say(`NOT AS PINNED: ${what}; this build takes that one. npm run images -- --pin takes it for good`);
    if (!existsSync(this.#pathOf(offered)) && !this.#download(name, architecture, offered)) {
      throw new Error(`${name} ${offered.version} (${architecture}) cannot be downloaded`);
    }
    return { path: this.#pathOf(offered), pin: offered };
  }

  /** Downloads all that is missing at once, which {@link fetch} would do one by one. What cannot be had is left to it. */
  prefetch(wanted: readonly { name: string; architecture: Architecture; pin: PackagePin }[]): void {
    const missing = wanted.filter(({ pin }) => !existsSync(this.#pathOf(pin)));
    if (missing.length === 0) return;
    const folder = mkdtempSync(join(this.#cache, 'download-'));
    try {
      const named = missing.map(({ name, architecture, pin }) => `${name}:${architecture}=${pin.version}`);
      this.#apt('apt-get', ['-qq', 'download', ...named], folder);
      const checksums = new Set(missing.map(({ pin }) => pin.sha256));
      for (const file of readdirSync(folder).map((name) => join(folder, name))) {
        const sha256 = checksum(file);
        if (checksums.has(sha256)) renameSync(file, this.#pathOf({ sha256 }));
      }
    } catch (error) {
      this.#say(`not all at once: ${String((error as { stderr?: unknown }).stderr ?? error).trim()}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** The newest version that the archive has. */
  newest(name: string, architecture: Architecture): PackagePin {
    const [record = ''] = this.#apt('apt-cache', [
      'show',
      '--no-all-versions',
      `${name}:${architecture}`,
    ]).split('\n\n');
    const field = (key: string): string | undefined => new RegExp(`^${key}: (.*)$`, 'm').exec(record)?.[1];
    const [version, sha256] = [field('Version'), field('SHA256')];
    if (version === undefined || sha256 === undefined) {
      throw new Error(
        `apt has no package ${name} for ${architecture}: its sources must be those of Debian 12 (bookworm)`,
      );
    }
    return { version, sha256 };
  }

  #download(name: string, architecture: Architecture, pin: PackagePin): boolean {
    const folder = mkdtempSync(join(this.#cache, 'download-'));
    try {
      this.#apt('apt-get', ['-qq', 'download', `${name}:${architecture}=${pin.version}`], folder);
      const [file = ''] = readdirSync(folder);
      const found = checksum(join(folder, file));
      if (found !== pin.sha256)
        throw new Error(`${file} has the SHA-256 ${found}, and ${pin.sha256} is pinned`);
      renameSync(join(folder, file), this.#pathOf(pin));
      return true;
    } catch (error) {
      if (/was not found|Can't find a source/.test(String((error as { stderr?: unknown }).stderr)))
        return false;
      throw error;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #pathOf({ sha256 }: Pick<PackagePin, 'sha256'>): string {
    return join(this.#cache, `${sha256}.deb`);
  }

  /** Runs a command of apt over lists of its own: the sources of this machine, but all architectures. */
  #apt(program: string, args: readonly string[], folder = this.#cache): string {
    const lists = join(this.#cache, 'lists');
    const settings = [
      `APT::Architectures=${architectures.join(',')}`,
      `Dir::State::lists=${lists}`,
      `Dir::Cache=${join(this.#cache, 'apt')}`,
      // Without it, which some machines set, apt reads all lists anew with each command.
      'Dir::Cache::pkgcache=pkgcache.bin',
      'Acquire::Languages=none',
      'APT::Sandbox::User=root',
    ].flatMap((setting) => ['-o', setting]);
    const run = (command: string, rest: readonly string[], cwd: string): string =>
      execFileSync(command, [...settings, ...rest], {
        cwd,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    if (!this.#updated) {
      for (const one of [lists, join(this.#cache, 'apt', 'archives')]) {
        mkdirSync(join(one, 'partial'), { recursive: true });
      }
      run('apt-get', ['-qq', 'update'], this.#cache);
      this.#updated = true;
    }
    return run(program, args, folder);
  }
}

function checksum(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Unpacks the files that the patterns of tar name, and the package's `copyright` and record. */
export function unpackPackage(
  path: string,
  name: string,
  patterns: readonly string[],
  root: string,
  copyright: boolean,
): void {
  const files = [...patterns, ...(copyright ? [`./usr/share/doc/${name}/copyright`] : [])];
  if (files.length > 0) {
    const archive = execFileSync('dpkg-deb', ['--fsys-tarfile', path], { maxBuffer: 256 * 1_048_576 });
    execFileSync('tar', ['-x', '--wildcards', '-C', root, ...files], {
      input: archive,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  }
  // Where scanners look for the packages of an image that has no package manager.
  const records = join(root, 'var', 'lib', 'dpkg', 'status.d');
  mkdirSync(records, { recursive: true });
  writeFileSync(join(records, name), execFileSync('dpkg-deb', ['--field', path]));
}
