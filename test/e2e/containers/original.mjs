/**
 * Stands for a program of the original where a test needs one that runs: it is alive, and does with the API server what the
 * original's program needs rights for. What it finds it prints, a line a second.
 *
 *   original mic|nmi [--http-probe-port=PORT] ...
 *
 * As `mic` it holds the original's lock, an annotation on an Endpoints object, once nobody else does.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const [program, ...flags] = process.argv.slice(2);
const port = flags.map((flag) => /^--http-probe-port=(\d+)$/.exec(flag)?.[1]).find(Boolean) ?? '8080';
let stopped = false;
process.on('SIGTERM', () => (stopped = true));
createServer((_, response) => response.end('Active')).listen(Number(port));

const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const ca = readFileSync(`${account}/ca.crt`);
const token = readFileSync(`${account}/token`, 'utf8');

function send(method, path, body) {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: process.env.KUBERNETES_SERVICE_HOST,
        port: process.env.KUBERNETES_SERVICE_PORT,
        method,
        path,
        ca,
        headers: {
          Authorization: `Bearer ${token}`,
          'User-Agent': 'original',
          ...(body && { 'Content-Type': 'application/json' }),
        },
        signal: AbortSignal.timeout(10_000),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

const lockPath = '/api/v1/namespaces/default/endpoints';
const lockName = 'aad-pod-identity-mic';
const annotation = 'control-plane.alpha.kubernetes.io/leader';
const leaseMs = 15_000;
/** The record that was seen last, and when it had changed. */
let seen = { record: undefined, at: performance.now() };

/** Takes the lock, or renews it. Gives the status where that was refused, and who holds it. */
async function lead() {
  const found = await send('GET', `${lockPath}/${lockName}`);
  const metadata = found.status === 404 ? { name: lockName } : found.body.metadata;
  const record = metadata.annotations?.[annotation];
  if (record !== seen.record) seen = { record, at: performance.now() };
  const { holderIdentity } = JSON.parse(record ?? '{}');
  if (holderIdentity !== hostname() && record !== undefined && performance.now() - seen.at < leaseMs)
    return { holder: holderIdentity };
  const next = JSON.stringify({
    holderIdentity: hostname(),
    leaseDurationSeconds: leaseMs / 1000,
    renewTime: new Date().toISOString(),
  });
  const object = {
    ...(found.status === 404 ? {} : found.body),
    metadata: { ...metadata, annotations: { ...metadata.annotations, [annotation]: next } },
  };
  const written =
    found.status === 404
      ? await send('POST', lockPath, { apiVersion: 'v1', kind: 'Endpoints', ...object })
      : await send('PUT', `${lockPath}/${lockName}`, object);
  return { holder: written.status < 300 ? hostname() : holderIdentity, written: written.status };
}

const own = '/apis/aadpodidentity.k8s.io/v1';
const lists = [
  '/api/v1/pods',
  ...[
    'azureassignedidentities',
    'azureidentities',
    'azureidentitybindings',
    'azurepodidentityexceptions',
  ].map((plural) => `${own}/${plural}`),
  ...(program === 'mic' ? ['/api/v1/nodes'] : []),
];

while (!stopped) {
  try {
    const statuses = new Set();
    for (const path of lists) statuses.add((await send('GET', `${path}?limit=1`)).status);
    const lock = program === 'mic' ? await lead() : {};
    console.log(
      JSON.stringify({ at: Date.now(), lists: [...statuses], leads: lock.holder === hostname(), ...lock }),
    );
  } catch (error) {
    console.log(JSON.stringify({ at: Date.now(), failure: error.message }));
  }
  await delay(1000);
}
process.exit(0);
