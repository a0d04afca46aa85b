import { execFileSync } from 'node:child_process';
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { architectures, imageNames, images, packagesOf, searchPath } from '../../scripts/images/contents.js';
import { bundledPackages } from '../../scripts/program-bundles.js';
import { readOutput, unpackImage, version, type UnpackedImage } from './unpacked-image.js';

const machines = { amd64: 'Advanced Micro Devices X86-64', arm64: 'AArch64' };
const cases = imageNames.flatMap((name) =>
  architectures.map((architecture) => [name, architecture] as const),
);

describe.each(cases)('image %s for %s', (name, architecture) => {
  let image: UnpackedImage;
  let files: readonly string[];
  beforeAll(() => {
    image = unpackImage(name, architecture);
    files = readdirSync(image.rootFileSystem, { recursive: true, encoding: 'utf8' });
  });
  afterAll(() => image[Symbol.dispose]());
  const at = (file: string): string => join(image.rootFileSystem, file);
  const isFile = (file: string): boolean => lstatSync(at(file)).isFile();
  const isElf = (file: string): boolean => isFile(file) && firstBytes(at(file), 4) === '\x7fELF';

  it('is run as its settings say', () => {
    const { user, args, env, cwd } = image.config.process;
    expect({ user: `${user.uid}:${user.gid}`, args, cwd }).toEqual({
      user: images[name].user,
      args: images[name].entrypoint,
      cwd: '/',
    });
    const set = Object.entries({ PATH: searchPath, ...images[name].environment });
    expect(env).toEqual(expect.arrayContaining(set.map(([variable, value]) => `${variable}=${value}`)));
    expect(user.uid === 0).toBe(name === 'nmi');
  });

  it('has one file of ours, no module beside it, and no shell or script', () => {
    expect(readdirSync(at('app'))).toEqual([`${name}.mjs`]);
    expect(files.filter((file) => /(^|\/)node_modules(\/|$)/.test(file))).toEqual([]);
    const scripts = files.filter((file) => isFile(file) && firstBytes(at(file), 2) === '#!');
    expect(scripts).toEqual([`app/${name}.mjs`]);
    const programs = files
      .filter((file) => isElf(file) && /^(usr\/)?s?bin\//.test(file))
      .map((file) => basename(file));
    const tools = ['conntrack', 'node', 'stdbuf', 'xtables-legacy-multi', 'xtables-nft-multi'];
    expect(programs.sort()).toEqual(name === 'nmi' ? tools : ['node']);
  });

  it('lets nobody but root change anything, and nobody become root', () => {
    for (const file of files) {
      const status = lstatSync(at(file));
      expect([status.uid, status.gid], file).toEqual([0, 0]);
      if (status.isSymbolicLink()) continue;
      expect(status.mode & 0o6000, file).toBe(0);
      expect(status.mode & 0o022, file).toBe(0);
    }
  });

  it('has programs of its architecture, and every library that they need', () => {
    const libraries = new Set(files.map((file) => basename(file)).filter((file) => file.includes('.so')));
    const programs = files.filter(isElf);
    expect(programs.length).toBeGreaterThan(5);
    for (const file of programs) {
      const shown = execFileSync('readelf', ['--file-header', '--dynamic', '--program-headers', at(file)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect(/Machine: +(.*)/.exec(shown)?.[1], file).toBe(machines[architecture]);
      const needed = [...shown.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, library]) => library ?? '');
      expect(
        needed.filter((library) => !libraries.has(library)),
        file,
      ).toEqual([]);
      const loader = /program interpreter: (.*)\]/.exec(shown)?.[1];
      if (loader !== undefined) expect(files, file).toContain(loader.slice(1));
    }
  });

  it('has no link that leads nowhere', () => {
    const links = files.filter((file) => lstatSync(at(file)).isSymbolicLink());
    for (const file of links) {
      const target = readlinkSync(at(file));
      const path = target.startsWith('/') ? target.slice(1) : join(file, '..', target);
      expect(files, `${file} -> ${target}`).toContain(path);
    }
  });

  it('comes with a bill of all materials, and with their licences', () => {
    const bill = JSON.parse(readOutput('sbom', `${name}-${architecture}.cdx.json`)) as {
      readonly bomFormat: string;
      readonly components: readonly {
        name: string;
        version: string;
        purl: string;
        hashes: readonly object[];
      }[];
    };
    const inside = readFileSync(at('usr/share/doc/aad-pod-identity/sbom.cdx.json'), 'utf8');
    expect(JSON.parse(inside)).toEqual(bill);
    expect(bill.bomFormat).toBe('CycloneDX');
    for (const { purl, hashes } of bill.components) expect(hashes.length, purl).toBe(1);
    const named = bill.components.map((one) => one.name);
    expect(named.length).toBe(new Set(bill.components.map(({ purl }) => purl)).size);
    expect(named.length).toBe(bundledPackages(name).length + packagesOf(name).length + 1);
    const records = readdirSync(at('var/lib/dpkg/status.d'));
    expect([...records].sort()).toEqual(
      packagesOf(name)
        .map((one) => one.name)
        .sort(),
    );
    for (const record of records) {
      const [, found] =
        /^Version: (.*)$/m.exec(readFileSync(at(`var/lib/dpkg/status.d/${record}`), 'utf8')) ?? [];
      expect(bill.components.find((one) => one.name === record)?.version).toBe(found);
    }
    for (const one of packagesOf(name)) {
      expect(files).toContain(`usr/share/doc/${one.copyrightOf ?? one.name}/copyright`);
    }
    expect(files).toContain('usr/share/doc/node/LICENSE');
    const notices = readFileSync(at('usr/share/doc/aad-pod-identity/third-party-notices.txt'), 'utf8');
    for (const folder of bundledPackages(name)) {
      expect(notices).toContain(folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length));
    }
  });
});

describe('the layouts', () => {
  it.each(imageNames)('%s has one image for all architectures, and is small', (name) => {
    type Descriptor = { digest: string; size: number; platform?: { architecture: string } };
    const blob = <T>({ digest }: Descriptor): T =>
      JSON.parse(readOutput('oci', name, 'blobs', 'sha256', digest.replace('sha256:', ''))) as T;
    const { manifests } = JSON.parse(readOutput('oci', name, 'index.json')) as {
      manifests: readonly (Descriptor & { annotations: Readonly<Record<string, string>> })[];
    };
    const whole = manifests.find((one) => one.annotations['org.opencontainers.image.ref.name'] === version);
    if (whole === undefined) throw new Error(`${name} has no tag ${version}`);
    const platforms = blob<{ manifests: readonly Descriptor[] }>(whole).manifests;
    expect(platforms.map(({ platform }) => platform?.architecture)).toEqual(architectures);
    for (const platform of platforms) {
      const { layers } = blob<{ layers: readonly Descriptor[] }>(platform);
      expect(layers.reduce((sum, { size }) => sum + size, 0) / 1_048_576).toBeLessThan(55);
    }
  });
});

describe('the Dockerfile', () => {
  it.each(imageNames)('makes %s of the same folders, with the same settings', (name) => {
    const stages = readOutput('Dockerfile')
      .split(/^FROM /m)
      .slice(1)
      .map((stage) => ({
        name: / AS (\w+)/.exec(stage)?.[1],
        from: /^\S+/.exec(stage)?.[0],
        layers: [...stage.matchAll(/^COPY \$\{TARGETARCH\}\/(\w+)\/ \/$/gm)].map(([, layer]) => layer),
        user: /^USER (.*)$/m.exec(stage)?.[1],
        entrypoint: /^ENTRYPOINT (.*)$/m.exec(stage)?.[1],
        environment: Object.fromEntries(
          [...stage.matchAll(/^ENV (\w+)=(.*)$/gm)].map(([, variable, value]) => [variable, value]),
        ),
      }));
    const base = stages.find((stage) => stage.name === 'base');
    const stage = stages.find((one) => one.name === name);
    expect(base).toMatchObject({ from: 'scratch', environment: { PATH: searchPath } });
    expect(stage?.from).toBe('base');
    expect(stage?.environment).toEqual(images[name].environment);
    expect([...(base?.layers ?? []), ...(stage?.layers ?? [])]).toEqual(images[name].layers);
    expect(stage?.user).toBe(images[name].user);
    expect(JSON.parse(stage?.entrypoint ?? '[]')).toEqual(images[name].entrypoint);
  });
});

function firstBytes(path: string, count: number): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(count);
    readSync(file, bytes, 0, count, 0);
    return bytes.toString('latin1');
  } finally {
    closeSync(file);
  }
}
