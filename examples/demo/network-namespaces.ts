import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What stands in the way of network namespaces here, as one line; `undefined` where nothing does. */
export function missingForNamespaces(): string | undefined {
  if (process.platform !== 'linux') return '--intercept needs Linux: it redirects with iptables';
  if (process.getuid?.() !== 0)
    return '--intercept needs root, for network namespaces and iptables: use sudo';
  const missing = ['ip', 'iptables', 'iptables-restore'].filter((tool) => !onPath(tool));
  if (missing.length === 0) return undefined;
  return `--intercept needs ${missing.join(' and ')}: install iproute2 and iptables`;
}

function onPath(tool: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A network namespace, gone when disposed, with every device in it. */
export class NetworkNamespace implements Disposable {
  readonly name: string;
  readonly #delete = (): void => {
    try {
      ip('netns', 'del', this.name);
    } catch {
      // Gone already: this runs again at the end of the process.
    }
  };

  constructor(name: string) {
    this.name = name;
    ip('netns', 'add', name);
    process.on('exit', this.#delete);
    this.ip('link', 'set', 'lo', 'up');
  }

  /** Stands before a program that runs in it. */
  get prefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** `ip` within it. */
  ip(...args: string[]): void {
    ip('-n', this.name, ...args);
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#delete);
    this.#delete();
  }
}

/** One end of a connection. `namespace` is absent for the machine itself. */
export interface End {
  readonly namespace?: NetworkNamespace;
  readonly device: string;
  /** IPv4 address with its prefix length. */
  readonly address: string;
}

/** Connects two ends with a pair of virtual devices. */
export function connect(a: End, b: End): void {
  const within = ({ namespace }: End): string[] => (namespace === undefined ? [] : ['netns', namespace.name]);
  ip('link', 'add', a.device, ...within(a), 'type', 'veth', 'peer', 'name', b.device, ...within(b));
  for (const { namespace, device, address } of [a, b]) {
    const at = namespace === undefined ? [] : ['-n', namespace.name];
    ip(...at, 'addr', 'add', address, 'dev', device);
    ip(...at, 'link', 'set', device, 'up');
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
