import { runToEnd } from './run-to-end.js';

/** What the clients are made with, each with what to install where it is missing. */
const tools: readonly (readonly [command: readonly string[], instead: string])[] = [
  [
    ['python3', '-c', 'import venv, ensurepip, sys; assert sys.version_info >= (3, 11)'],
    'Python 3.11 or newer, with venv',
  ],
  [['go', 'version'], 'Go 1.25 or newer'],
  [['javac', '-version'], 'a JDK, 17 or newer'],
  [['mvn', '--version'], 'Maven 3.8 or newer'],
  [['ip', '-V'], 'iproute2'],
  [['iptables', '--version'], 'iptables'],
];

/** What is missing on this machine, one line each. */
export async function missingTools(): Promise<string[]> {
  if (process.platform !== 'linux') return ['Linux: requests are redirected with iptables'];
  const missing: string[] = [];
  if (process.getuid?.() !== 0) missing.push('root, for network namespaces and iptables: use sudo');
  for (const [command, instead] of tools) {
    const ended = await runToEnd({ command, timeoutMs: 60_000 }).catch(() => undefined);
    if (ended?.code !== 0) missing.push(`${instead}: "${command.join(' ')}" does not work`);
  }
  return missing;
}
