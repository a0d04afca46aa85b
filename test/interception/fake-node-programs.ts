/**
 * What runs in the namespaces: an IMDS that says when it is reached, and a pod that asks without end.
 *
 * @module
 */
import { runScript, type NamespaceProcess } from './namespace-process.js';
import type { TestNode } from './network-namespace.js';

const imds = `
  const server = require('node:http').createServer((request, response) => {
    console.log('reached by ' + request.socket.remoteAddress);
    response.end('imds');
  });
  server.keepAliveTimeout = 120_000;
  server.listen(80, '::', () => console.log('listening'));`;

const listener = `
  const [address, port] = process.argv.slice(1);
  require('node:http').createServer((request, response) => response.end('nmi ' + request.socket.remoteAddress))
    .listen(Number(port), address, () => console.log('listening'));`;

const hesitant = `
  const [address, port] = process.argv.slice(1);
  require('node:http').createServer((request, response) => {
    console.log('asked');
    process.once('SIGUSR2', () => response.end('nmi ' + request.socket.remoteAddress));
  }).listen(Number(port), address, () => console.log('listening'));`;

// One request after the other, each on a connection of its own; prints what became of it whenever that changes.
const hammer = `
  const [host] = process.argv.slice(1);
  const http = require('node:http');
  const counts = {};
  let last;
  const ended = (outcome) => {
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (outcome !== last) console.log('now ' + outcome);
    last = outcome;
    setImmediate(ask);
  };
  const ask = () => {
    const request = http.get({ host, path: '/metadata/identity/oauth2/token?resource=r', headers: { Metadata: 'true' }, agent: false, timeout: 5000 }, (response) => {
      let body = '';
      response.on('data', (text) => (body += text)).on('end', () => ended(body === 'imds' ? 'imds' : 'status ' + response.statusCode));
      response.on('error', (error) => ended(error.code));
    });
    request.on('timeout', () => request.destroy(Object.assign(new Error('timeout'), { code: 'timeout' })));
    request.on('error', (error) => ended(error.code));
  };
  process.on('SIGTERM', () => { console.log('counts ' + JSON.stringify(counts)); process.exit(); });
  ask();`;

// Holds one connection open, and asks on it whenever it gets the signal.
const keeper = `
  const [host] = process.argv.slice(1);
  const http = require('node:http');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  let connections = 0;
  const ask = () => {
    const request = http.get({ host, agent, timeout: 5000 }, (response) => {
      let body = '';
      response.on('data', (text) => (body += text)).on('end', () => setImmediate(() => console.log('answer ' + body + ' on connection ' + connections)));
    });
    request.on('socket', (socket) => { if (socket.connecting) connections++; });
    request.on('timeout', () => request.destroy(Object.assign(new Error(), { code: 'timeout' })));
    request.on('error', (error) => console.log('answer ' + error.code));
  };
  process.on('SIGUSR2', ask);
  ask();
  setInterval(() => undefined, 60_000);`;

/** An IMDS at both addresses; a line `reached by ADDRESS` for each request. */
export async function startImds(node: TestNode): Promise<NamespaceProcess> {
  const program = runScript(node.imds, imds);
  await program.line(/listening/);
  return program;
}

/** Something that answers on the node in NMI's place: `nmi ADDRESS`. */
export async function startListener(
  node: TestNode,
  address: string,
  port: number,
): Promise<NamespaceProcess> {
  const program = runScript(node.name, listener, address, String(port));
  await program.line(/listening/);
  return program;
}

/** The same, which says `asked`, and answers only when it gets SIGUSR2. */
export async function startHesitantListener(
  node: TestNode,
  address: string,
  port: number,
): Promise<NamespaceProcess> {
  const program = runScript(node.name, hesitant, address, String(port));
  await program.line(/listening/);
  return program;
}

/** A pod that asks IMDS without end; prints `now OUTCOME`, and `counts JSON` when it gets SIGTERM. */
export function startHammer(node: TestNode, host: string): NamespaceProcess {
  return runScript(node.pod, hammer, host);
}

/** A pod that asks on one connection, at once and with each SIGUSR2. */
export function startKeeper(node: TestNode, host: string): NamespaceProcess {
  return runScript(node.pod, keeper, host);
}

/** How often a hammer had each outcome, when it is told to end. */
export async function countsOf(hammerProgram: NamespaceProcess): Promise<Readonly<Record<string, number>>> {
  await hammerProgram.end('SIGTERM');
  const line = hammerProgram.lines.find((text) => text.startsWith('counts '));
  if (line === undefined) throw new Error(`no counts:\n${hammerProgram.lines.join('\n')}`);
  return JSON.parse(line.slice('counts '.length)) as Record<string, number>;
}
