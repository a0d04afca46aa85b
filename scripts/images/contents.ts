/**
 * What is in the images: the one list that the build, the Dockerfile's context and the tests go by.
 *
 * @module
 */
import type { ProgramName } from '../program-bundles.js';

/** Architectures that images are made for, as Debian and OCI name them. */
export const architectures = ['amd64', 'arm64'] as const;
export type Architecture = (typeof architectures)[number];

/** The images, by the program that they run. */
export const imageNames = ['mic', 'nmi', 'demo'] as const satisfies readonly ProgramName[];
export type ImageName = (typeof imageNames)[number];

/** Files of one Debian package: patterns of tar, in which `TRIPLET` stands for the architecture's folder of libraries. */
interface PackageFiles {
  readonly name: string;
  readonly files: readonly string[];
  /** Where its `copyright` is, when that belongs to another package. */
  readonly copyrightOf?: string;
}

/** What programs for Node need of the system: libraries, no shell, no tools. */
export const basePackages: readonly PackageFiles[] = [
  { name: 'base-files', files: ['./etc/os-release', './usr/lib/os-release'] },
  {
    name: 'libc6',
    files: [
      'LOADER',
      './lib/TRIPLET/ld-linux-*.so.*',
      ...['c.so.6', 'm.so.6', 'dl.so.2', 'pthread.so.0', 'resolv.so.2', 'rt.so.1'].map(library),
      ...['nss_dns.so.2', 'nss_files.so.2'].map(library),
    ],
  },
  { name: 'gcc-12-base', files: [] },
  { name: 'libgcc-s1', files: ['./lib/TRIPLET/libgcc_s.so.1'], copyrightOf: 'gcc-12-base' },
  { name: 'libstdc++6', files: ['./usr/lib/TRIPLET/libstdc++.so.6*'], copyrightOf: 'gcc-12-base' },
];

/** The programs that NMI starts (packages/nmi-server/src/interception), and what these need. */
export const interceptionPackages: readonly PackageFiles[] = [
  {
    name: 'iptables',
    files: [
      './usr/sbin/xtables-*',
      ...['iptables', 'ip6tables'].flatMap((name) => [
        `./usr/sbin/${name}-nft*`,
        `./usr/sbin/${name}-legacy*`,
      ]),
      // Rules of others can only be listed with the extensions that they use.
      ...['ipt', 'ip6t', 'xt'].map((kind) => `./usr/lib/TRIPLET/xtables/lib${kind}_*.so`),
    ],
  },
  ...['libip4tc2', 'libip6tc2', 'libxtables12', 'libmnl0', 'libnftnl11', 'libnfnetlink0'].map(shared),
  shared('libnetfilter-conntrack3'),
  { name: 'conntrack', files: ['./usr/sbin/conntrack'] },
  // stdbuf alone of it: xtables-monitor would hold back what it has to say.
  { name: 'coreutils', files: ['./usr/bin/stdbuf', './usr/libexec/coreutils/libstdbuf.so'] },
];

/** Links that the package iptables makes when it is installed. */
export const interceptionLinks: Readonly<Record<string, string>> = Object.fromEntries(
  ['iptables', 'ip6tables'].flatMap((name) =>
    ['', '-save', '-restore'].map((part) => [`usr/sbin/${name}${part}`, `${name}-nft${part}`]),
  ),
);

/** Files that no package brings. */
export const baseFiles: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/:/usr/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/usr/sbin/nologin\n',
  'etc/group': 'root:x:0:\nnonroot:x:65532:\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** Empty folders on which a pod mounts something. */
export const mountPoints = ['dev', 'proc', 'run', 'sys', 'tmp', 'var/run'] as const;

/** How an image is run. */
export interface ImageSettings {
  /** Which layers it has, lowest first. */
  readonly layers: readonly LayerName[];
  readonly user: string;
  readonly entrypoint: readonly string[];
  /** Beside the `PATH`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly title: string;
}

export type LayerName = 'base' | 'interception' | ImageName;

const nonRoot = '65532:65532';

/**
 * One heap of malloc for all threads, since of several some 5 MB stay with threads that need them no more; and what is
 * free at its end goes back to the system, however much there was once.
 */
const lessMemory = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' };

/** Every image. NMI is root, because only root may change the node's nat table (deploy/images/README.md). */
export const images: Readonly<Record<ImageName, ImageSettings>> = {
  mic: {
    layers: ['base', 'mic'],
    user: nonRoot,
    entrypoint: ['/usr/bin/mic'],
    environment: lessMemory,
    title: 'AAD Pod Identity: Managed Identity Controller',
  },
  nmi: {
    layers: ['base', 'interception', 'nmi'],
    user: '0:0',
    entrypoint: ['/usr/bin/nmi'],
    environment: lessMemory,
    title: 'AAD Pod Identity: Node Managed Identity',
  },
  demo: {
    layers: ['base', 'demo'],
    user: nonRoot,
    entrypoint: ['/usr/bin/demo'],
    environment: {},
    title: 'AAD Pod Identity: demo',
  },
};

/** Debian packages of an image. */
export function packagesOf(image: ImageName): readonly PackageFiles[] {
  return images[image].layers.includes('interception')
    ? [...basePackages, ...interceptionPackages]
    : basePackages;
}

/** `PATH` in every image. */
export const searchPath = '/usr/sbin:/usr/bin';

const triplets: Readonly<Record<Architecture, string>> = {
  amd64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};
const loaders: Readonly<Record<Architecture, string>> = {
  amd64: './lib64/ld-linux-x86-64.so.2',
  arm64: './lib/ld-linux-aarch64.so.1',
};

/** The patterns of a package for an architecture. */
export function patternsFor({ files }: PackageFiles, architecture: Architecture): readonly string[] {
  return files.map((file) =>
    file === 'LOADER' ? loaders[architecture] : file.replace('TRIPLET', triplets[architecture]),
  );
}

function library(name: string): string {
  return `./lib/TRIPLET/lib${name}`;
}

function shared(name: string): PackageFiles {
  return { name, files: ['./usr/lib/TRIPLET/lib*.so.*'] };
}
