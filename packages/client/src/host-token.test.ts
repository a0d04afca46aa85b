import { describe, expect, it } from 'vitest';
import { getHostToken } from './host-token.js';
import { answer, scripted, tokenBody } from './testing/answers.js';

const pod = { resource: 'https://r', podNamespace: 'shop', podName: 'web-0' };

describe('getHostToken', () => {
  it('names the pod in headers and reads the pair', async () => {
    const script = scripted(answer(200, { token: tokenBody(9), clientid: 'chosen' }));
    const outside = { transport: script.transport, now: () => 0 };
    await expect(getHostToken({ ...pod, outside })).resolves.toMatchObject({
      token: 'the-token',
      clientId: 'chosen',
    });
    const [sent] = script.sent;
    expect(sent?.url.href).toBe(
      'http://127.0.0.1:2579/host/token?api-version=2018-02-01&resource=https%3A%2F%2Fr',
    );
    expect(sent?.headers).toMatchObject({ podns: 'shop', podname: 'web-0' });
  });

  it.each([tokenBody(9), { token: tokenBody(9) }, { token: 'x', clientid: 'c' }, 'text', 'null', []])(
    'refuses an answer that is not the pair: %j',
    async (body) => {
      const outside = { transport: scripted(answer(200, body)).transport, now: () => 0 };
      await expect(getHostToken({ ...pod, outside })).rejects.toMatchObject({ code: 'invalid_answer' });
    },
  );

  it('refuses a name that would be another header', async () => {
    await expect(getHostToken({ ...pod, podName: 'a\r\npodns: b' })).rejects.toThrow(
      /podName must be a Kubernetes name/,
    );
  });
});
