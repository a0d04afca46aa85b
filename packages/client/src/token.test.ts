import { describe, expect, it } from 'vitest';
import type { Outside } from './metadata-options.js';
import { PodIdentityClientError } from './client-error.js';
import { answer, scripted, tokenBody } from './testing/answers.js';
import { getToken } from './token.js';

function outside(script: ReturnType<typeof scripted>): { outside: Partial<Outside>; slept: number[] } {
  const slept: number[] = [];
  const sleep: Outside['sleep'] = async (ms, signal) => {
    slept.push(Math.round(ms));
    signal?.throwIfAborted();
  };
  return {
    slept,
    outside: { transport: script.transport, now: () => 0, environment: {}, random: () => 0.5, sleep },
  };
}

describe('getToken', () => {
  it('asks as every SDK does', async () => {
    const script = scripted(answer(200, tokenBody(9)));
    const token = await getToken({ resource: 'https://r/', clientId: 'ABC', ...outside(script) });
    expect(token).toMatchObject({ token: 'the-token', expiresOnTimestamp: 9_000 });
    expect(script.sent[0]?.url.href).toBe(
      'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fr%2F&client_id=ABC',
    );
    expect(script.sent[0]?.headers['Metadata']).toBe('true');
  });

  it('names an identity by its resource ID, and takes endpoint and address', async () => {
    const script = scripted(answer(200, tokenBody(9)));
    await getToken({
      resource: 'r',
      resourceId: '/subscriptions/s',
      endpoint: 'http://127.0.0.1:9',
      localAddress: '127.1.0.7',
      ...outside(script),
    });
    const [sent] = script.sent;
    expect([sent?.url.searchParams.get('msi_res_id'), sent?.url.host, sent?.localAddress]).toEqual([
      '/subscriptions/s',
      '127.0.0.1:9',
      '127.1.0.7',
    ]);
  });

  it('tries again, growing, until there is one', async () => {
    const unreachable = new PodIdentityClientError('unreachable', 'refused');
    const script = scripted(
      unreachable,
      answer(503, '', { 'retry-after': '20' }),
      answer(404, ''),
      answer(200, tokenBody(9)),
    );
    const { slept, ...rest } = outside(script);
    await expect(getToken({ resource: 'r', ...rest })).resolves.toMatchObject({ token: 'the-token' });
    expect(slept).toEqual([800, 20_000, 3_200]);
  });

  it('gives up after five tries, with the last failure', async () => {
    const script = scripted(answer(500, { error: 'x', correlation_id: 'c-9' }));
    await expect(getToken({ resource: 'r', ...outside(script) })).rejects.toMatchObject({
      code: 'unavailable',
      status: 500,
      correlationId: 'c-9',
    });
    expect(script.sent).toHaveLength(5);
  });

  it('asks once only where told so, and where the answer is a decision or comes too late', async () => {
    for (const [last, retries] of [
      [answer(500, ''), 0],
      [answer(404, { error: 'not_found', reason: 'no_label' }), 4],
      [answer(403, ''), 4],
      [new PodIdentityClientError('timeout', 'late'), 4],
    ] as const) {
      const script = scripted(last);
      await expect(getToken({ resource: 'r', retries, ...outside(script) })).rejects.toBeInstanceOf(
        PodIdentityClientError,
      );
      expect(script.sent).toHaveLength(1);
    }
  });

  it('stops waiting when the signal aborts', async () => {
    const script = scripted(answer(500, ''));
    const signal = AbortSignal.abort();
    await expect(getToken({ resource: 'r', signal, ...outside(script) })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(script.sent).toHaveLength(1);
  });

  it.each([
    [{ resource: '' }, /resource must not be empty/],
    [{ resource: 'r', clientId: 'a', resourceId: 'b' }, /not both/],
    [{ resource: 'r', retries: -1 }, /retries must be a whole number/],
    [{ resource: 'r', localAddress: 'eth0' }, /localAddress must be an IP address/],
    [{ resource: 'r', endpoint: 'https://h' }, /endpoint must be/],
  ])('refuses %j before anything is sent', async (request, message) => {
    const script = scripted(answer(200, tokenBody(9)));
    await expect(getToken({ ...request, ...outside(script) })).rejects.toThrow(message);
    expect(script.sent).toHaveLength(0);
  });

  it('puts no token in an error', async () => {
    const script = scripted(answer(200, { ...tokenBody(9, 'secret-token'), token_type: 'other' }));
    const error = await getToken({ resource: 'r', ...outside(script) }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PodIdentityClientError);
    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toContain(
      'secret-token',
    );
  });
});
