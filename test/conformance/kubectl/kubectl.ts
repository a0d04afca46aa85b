import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the kubectl of this machine to its end. @throws if there is none, saying what to do. */
export async function kubectl(kubeconfig: string, args: readonly string[], input = ''): Promise<Outcome> {
  // A cache of its own beside the kubeconfig: what one server serves must not be believed of another.
  const cache = `--cache-dir=${kubeconfig}.cache`;
  const child = spawn('kubectl', [`--kubeconfig=${kubeconfig}`, cache, ...args], {
    env: { PATH: process.env['PATH'] },
  });
  const failed = once(child, 'error').then(([error]) => {
    throw new Error(
      'kubectl cannot be run; install it (https://kubernetes.io/docs/tasks/tools) and run this again',
      {
        cause: error,
      },
    );
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  const [[code], stdout, stderr] = await Promise.race([ended, failed]);
  return { code: code as number, stdout, stderr };
}
