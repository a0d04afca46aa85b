import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';

const module = new URL('./run-program.ts', import.meta.url).href;
const usageError = new URL('./usage-error.ts', import.meta.url).href;

function start(body: string) {
  const source = `import { runProgram } from '${module}'; import { UsageError } from '${usageError}'; await runProgram('mic', async (context) => { ${body} });`;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=@aad-pod-identity/source', '--input-type=module', '-e', source],
    {
      stdio: 'pipe',
    },
  );
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return { child, ended };
}

describe('runProgram', () => {
  it('prints a usage error as one line and exits with 2', async () => {
    const { code, err } = await start(`throw new UsageError('no such flag\\n  at all')`).ended;
    expect({ code, err }).toEqual({ code: 2, err: 'mic: no such flag at all\n' });
  });

  it('prints any other failure as one line and exits with 1', async () => {
    const { code, err } = await start(`throw new Error('boom')`).ended;
    expect({ code, err }).toEqual({ code: 1, err: 'mic: boom\n' });
  });

  it('exits with what the program returns', async () => {
    expect((await start(`context.print('hello'); return 3`).ended).code).toBe(3);
  });

  it('exits with 0 where the program returns what printing gives', async () => {
    expect(await start(`return context.print('hello')`).ended).toMatchObject({
      code: 0,
      out: 'hello',
      err: '',
    });
  });

  it('aborts on SIGTERM and lets the program finish', async () => {
    const { child, ended } = start(
      `console.log('up'); await new Promise((resolve) => { const t = setInterval(() => {}, 1000); context.stop.addEventListener('abort', () => { clearInterval(t); resolve(); }); }); console.log('finished')`,
    );
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const { code, out } = await ended;
    expect(code).toBe(0);
    expect(out).toContain('finished');
  });
});
