import { UsageError, type ProgramContext } from '@aad-pod-identity/program';
import { describe, expect, it } from 'vitest';
import { startLocalServer } from '../../testing/local-server.js';
import { demo } from './demo.js';

const needed = ['--subscription-id=s', '--resource-group=rg'];

function context(argv: string[], more: Partial<ProgramContext> = {}): ProgramContext & { printed: string[] } {
  const printed: string[] = [];
  return {
    argv,
    environment: {},
    stop: new AbortController().signal,
    print: (text) => printed.push(text),
    printed,
    ...more,
  };
}

describe('demo', () => {
  it('ends with 1 and the reason where the pod is refused', async () => {
    await using server = await startLocalServer((request, response) => {
      const token = request.url!.startsWith('/metadata/identity/oauth2/token');
      response.writeHead(token ? 403 : 200);
      response.end(
        JSON.stringify(
          token
            ? {
                error: 'access_denied',
                error_description: 'pod shop/x has no label',
                reason: 'no-label',
              }
            : { compute: { name: 'node-1' } },
        ),
      );
    });
    const running = context([...needed, '--once', '--json', `--endpoint=${server.endpoint}`]);
    expect(await demo(running)).toBe(1);
    expect(JSON.parse(running.printed.join(''))).toMatchObject({
      token: { failure: { status: 403, reason: 'no-label', description: 'pod shop/x has no label' } },
      instance: { name: 'node-1' },
    });
  });

  it('goes on every period until it is stopped, and then says how the last round was', async () => {
    const stop = new AbortController();
    await using server = await startLocalServer((_request, response) => {
      if (server.requests.length >= 6) stop.abort();
      response.writeHead(403).end();
    });
    const running = context([...needed, '--period=1ms', `--endpoint=${server.endpoint}`], {
      stop: stop.signal,
    });
    expect(await demo(running)).toBe(1);
    expect(running.printed.length).toBeGreaterThanOrEqual(2);
  });

  it('shows its flags', async () => {
    const running = context(['--help']);
    expect(await demo(running)).toBe(0);
    expect(running.printed.join('')).toContain('--identity-client-id');
  });

  it.each([
    [['--sbuscription-id=s'], {}, /unknown flag --sbuscription-id/],
    [[...needed, 'more'], {}, /unexpected argument more/],
    [needed, { AZURE_ENVIRONMENT_FILEPATH: '/does/not/exist' }, /AZURE_ENVIRONMENT_FILEPATH: cannot read/],
  ])('refuses %j %j', async (argv, environment, message) => {
    await expect(demo(context(argv, { environment }))).rejects.toThrow(message);
    await expect(demo(context(argv, { environment }))).rejects.toThrow(UsageError);
  });
});
