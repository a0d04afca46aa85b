import type { ComputeManagementClient } from '@azure/arm-compute';
import { describe, expect, it } from 'vitest';
import { PodIdentityCredential } from './credential.js';
import { answer, scripted, tokenBody } from './testing/answers.js';

const scope = 'https://r/.default';

function setUp(...answers: Parameters<typeof scripted>): {
  credential: PodIdentityCredential;
  sent: ReturnType<typeof scripted>['sent'];
  clock: { now: number };
} {
  const clock = { now: 0 };
  const { transport, sent } = scripted(...answers);
  const outside = { transport, now: () => clock.now, sleep: async () => undefined };
  return { credential: new PodIdentityCredential({ retries: 0, outside }), sent, clock };
}

describe('PodIdentityCredential', () => {
  it('is what the Azure SDKs call a TokenCredential', async () => {
    const { credential } = setUp(answer(200, tokenBody(3_600)));
    const asSdk: ConstructorParameters<typeof ComputeManagementClient>[0] = credential;
    expect(await asSdk.getToken([scope])).toEqual({
      token: 'the-token',
      tokenType: 'Bearer',
      expiresOnTimestamp: 3_600_000,
      refreshAfterTimestamp: 3_300_000,
    });
  });

  it('asks once for any number of callers, then not until shortly before the end', async () => {
    const { credential, sent, clock } = setUp(
      answer(200, tokenBody(3_600)),
      answer(200, tokenBody(9_999, 'next')),
    );
    await Promise.all([credential.getToken(scope), credential.getToken([scope]), credential.getToken(scope)]);
    clock.now = 3_299_999;
    expect((await credential.getToken(scope)).token).toBe('the-token');
    expect(sent).toHaveLength(1);
    clock.now = 3_300_000;
    expect((await credential.getToken(scope)).token).toBe('next');
  });

  it('keeps resources apart, and the slash that ends one', async () => {
    const { credential, sent } = setUp(answer(200, tokenBody(3_600)));
    await credential.getToken('https://r//.default');
    await credential.getToken('https://r/.default');
    expect(sent.map(({ url }) => url.searchParams.get('resource'))).toEqual(['https://r/', 'https://r']);
  });

  it('uses a living token on while a new one cannot be had, but not after a denial', async () => {
    const { credential, clock, sent } = setUp(
      answer(200, tokenBody(3_600)),
      answer(500, ''),
      answer(403, { error: 'forbidden', reason: 'x' }),
      answer(500, ''),
    );
    await credential.getToken(scope);
    clock.now = 3_400_000;
    expect((await credential.getToken(scope)).token).toBe('the-token');
    await expect(credential.getToken(scope)).rejects.toMatchObject({ code: 'denied' });
    await expect(credential.getToken(scope)).rejects.toMatchObject({ code: 'unavailable' });
    expect(sent).toHaveLength(4);
  });

  it('does not ask the cache after a claims challenge', async () => {
    const { credential, sent } = setUp(answer(200, tokenBody(3_600)));
    await credential.getToken(scope);
    await credential.getToken(scope, { claims: '{}' });
    expect(sent).toHaveLength(2);
  });

  it('lets one caller leave without the others, and ends the request with the last', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    let give = (): void => undefined;
    const outside = {
      now: () => 0,
      transport: (request: { signal: AbortSignal | undefined }) => {
        signals.push(request.signal);
        return new Promise<ReturnType<typeof answer>>((resolve) => {
          give = (): void => {
            resolve(answer(200, tokenBody(3_600)));
          };
        });
      },
    };
    const credential = new PodIdentityCredential({ outside });
    const [first, second] = [new AbortController(), new AbortController()];
    const leaving = credential.getToken(scope, { abortSignal: first.signal });
    const staying = credential.getToken(scope, { abortSignal: second.signal });
    first.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'aborted' });
    expect(signals[0]?.aborted).toBe(false);
    second.abort();
    await expect(staying).rejects.toMatchObject({ code: 'aborted' });
    expect(signals[0]?.aborted).toBe(true);
    const later = credential.getToken(scope);
    give();
    await expect(later).resolves.toMatchObject({ token: 'the-token' });
    expect(signals).toHaveLength(2);
  });

  it.each([[[]], [['https://a/.default', 'https://b/.default']], ['https://a']])(
    'refuses the scopes %j',
    async (scopes) => {
      const { credential, sent } = setUp(answer(200, tokenBody(3_600)));
      await expect(credential.getToken(scopes)).rejects.toThrow(/exactly one scope/);
      expect(sent).toHaveLength(0);
    },
  );
});
