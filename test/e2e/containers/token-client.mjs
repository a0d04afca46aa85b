/**
 * Asks for tokens, one after the other, and prints a line for each answer: when it was asked for, the status, and which
 * identity the token is for.
 *
 *   token-client [--client-id ID] [--resource URL] [--path PATH] [--every MS] [--count N] [--keep-alive]
 *
 * Without `--count` it goes on until it is told to stop. The token itself is not printed.
 */
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    'client-id': { type: 'string' },
    resource: { type: 'string', default: 'https://management.azure.com/' },
    path: { type: 'string', default: '/metadata/identity/oauth2/token' },
    every: { type: 'string', default: '1000' },
    count: { type: 'string', default: 'Infinity' },
    'keep-alive': { type: 'boolean', default: false },
  },
});
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const agent = new Agent({ keepAlive: values['keep-alive'], maxSockets: 1 });
const query = new URLSearchParams({ 'api-version': '2021-02-01' });
if (values.path.includes('/identity/')) query.set('resource', values.resource);
if (values['client-id'] !== undefined) query.set('client_id', values['client-id']);

function ask() {
  return new Promise((resolve) => {
    const request = get(
      {
        host: '169.254.169.254',
        path: `${values.path}?${query}`,
        headers: { Metadata: 'true', 'User-Agent': 'e2e-pod' },
        agent,
        signal: AbortSignal.timeout(130_000),
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode, ...describe(body) }));
        response.on('error', (error) => resolve({ failure: error.code ?? error.message }));
      },
    );
    request.on('error', (error) => resolve({ failure: error.code ?? error.message }));
  });
}

function describe(body) {
  try {
    const json = JSON.parse(body);
    if (typeof json.access_token !== 'string')
      return { error: json.error, reason: json.reason, name: json.compute?.name };
    const claims = JSON.parse(Buffer.from(json.access_token.split('.')[1], 'base64url').toString());
    return { appid: claims.appid, tenant: claims.tid };
  } catch {
    return { text: body.slice(0, 100) };
  }
}

for (let asked = 0; asked < Number(values.count) && !stop.signal.aborted; asked++) {
  const at = Date.now();
  console.log(JSON.stringify({ at, ...(await ask()), ms: Date.now() - at }));
  if (asked + 1 < Number(values.count))
    await delay(Number(values.every), undefined, { signal: stop.signal }).catch(() => undefined);
}
